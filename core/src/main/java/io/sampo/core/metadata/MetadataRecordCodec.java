package io.sampo.core.metadata;

import static org.apache.kafka.common.protocol.types.Type.INT32;
import static org.apache.kafka.common.protocol.types.Type.INT64;
import static org.apache.kafka.common.protocol.types.Type.INT8;
import static org.apache.kafka.common.protocol.types.Type.NULLABLE_STRING;
import static org.apache.kafka.common.protocol.types.Type.STRING;
import static org.apache.kafka.common.protocol.types.Type.UUID;

import io.sampo.core.metadata.MetadataRecord.ClusterCreated;
import io.sampo.core.metadata.MetadataRecord.ConfigChanged;
import io.sampo.core.metadata.MetadataRecord.ConfigForced;
import io.sampo.core.metadata.MetadataRecord.NodeRegistered;
import io.sampo.core.metadata.MetadataRecord.NodeUnregistered;
import io.sampo.core.metadata.MetadataRecord.PartitionReassigned;
import io.sampo.core.metadata.MetadataRecord.PartitionsAssigned;
import io.sampo.core.metadata.MetadataRecord.ProducerIdsAllocated;
import io.sampo.core.metadata.MetadataRecord.ScramCredentialChanged;
import io.sampo.core.metadata.MetadataRecord.TopicCreated;
import io.sampo.core.metadata.MetadataRecord.TopicDeleted;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.ReplicaId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.SchemaException;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// Stored form of metadata records: one record of an ordinary record batch each.
///
/// Key: INT16 type, STRING identity (what the record is about; for compaction by key later). Value: INT16 version,
/// then the fields. The first record of a batch has a header `offset` (INT64). Types and versions are numbers that
/// never change their meaning; a new field makes a new version.
public final class MetadataRecordCodec {
    private static final short VERSION = 0;
    private static final String OFFSET_HEADER = "offset";

    private static final Schema KEY = new Schema(
            new Field("type", org.apache.kafka.common.protocol.types.Type.INT16), new Field("identity", STRING));
    private static final Schema CLUSTER = new Schema(new Field("cluster_id", STRING));
    private static final Schema ENDPOINT =
            new Schema(new Field("listener", STRING), new Field("host", STRING), new Field("port", INT32));
    private static final Schema NODE = new Schema(
            new Field("node_id", INT32),
            new Field("node_uuid", UUID),
            new Field("directory_id", UUID),
            new Field("rack", NULLABLE_STRING),
            new Field("endpoints", new ArrayOf(ENDPOINT)));
    private static final Schema TOPIC = new Schema(new Field("name", STRING), new Field("topic_id", UUID));
    private static final Schema ASSIGNMENT = new Schema(new Field("replicas", new ArrayOf(INT32)));
    private static final Schema PARTITIONS = new Schema(
            new Field("topic_id", UUID),
            new Field("first_partition", INT32),
            new Field("assignments", new ArrayOf(ASSIGNMENT)));
    private static final Schema DELETED = new Schema(new Field("topic_id", UUID));
    private static final Schema CONFIG = new Schema(
            new Field("resource_type", INT8),
            new Field("resource_name", STRING),
            new Field("key", STRING),
            new Field("value", NULLABLE_STRING));
    private static final Schema PRODUCER_IDS =
            new Schema(new Field("node_id", INT32), new Field("next_producer_id", INT64));
    private static final Schema SCRAM = new Schema(
            new Field("mechanism", STRING), new Field("user", STRING), new Field("credential", NULLABLE_STRING));
    private static final Schema UNREGISTERED = new Schema(new Field("node_id", INT32));
    private static final Schema REASSIGNED = new Schema(
            new Field("topic_id", UUID),
            new Field("partition", INT32),
            new Field("replicas", new ArrayOf(INT32)),
            new Field("original", new ArrayOf(INT32)),
            new Field("leaving", new ArrayOf(INT32)));
    private static final Schema FORCED = new Schema(
            new Field("topic_id", UUID),
            new Field("partition", INT32),
            new Field("leader_epoch", INT32),
            new Field("node_id", INT32),
            new Field("directory_id", UUID));

    private MetadataRecordCodec() {}

    /// One batch that holds all records; they are applied all or none.
    ///
    /// @param records not empty
    /// @param baseOffset where the batch must land: it was decided on what is before that. A batch that landed
    ///     elsewhere, because one before it failed, counts for nothing ([#isInPlace(RecordBatch)])
    public static MemoryRecords toBatch(List<MetadataRecord> records, long baseOffset, long nowMs) {
        SimpleRecord[] simple = new SimpleRecord[records.size()];
        for (int i = 0; i < simple.length; i++) {
            MetadataRecord record = records.get(i);
            byte[] offset =
                    ByteBuffer.wrap(new byte[Long.BYTES]).putLong(baseOffset).array();
            Header[] headers = i == 0 ? new Header[] {new RecordHeader(OFFSET_HEADER, offset)} : new Header[0];
            simple[i] = new SimpleRecord(nowMs, encodeKey(record), encodeValue(record), headers);
        }
        return MemoryRecords.withRecords(Compression.NONE, simple);
    }

    /// True when the batch is at the offset that it was decided for. Every reader leaves out one that is not.
    public static boolean isInPlace(RecordBatch batch) {
        for (Record record : batch) {
            for (Header header : record.headers()) {
                if (header.key().equals(OFFSET_HEADER)
                        && header.value() != null
                        && header.value().length == Long.BYTES) {
                    return ByteBuffer.wrap(header.value()).getLong() == batch.baseOffset();
                }
            }
            return false;
        }
        return false;
    }

    /// @throws SchemaException when type or version are unknown (written by a newer release) or bytes are missing
    public static MetadataRecord decode(Record record) {
        return decode(record.key(), record.value());
    }

    static ByteBuffer encodeNode(NodeImage node) {
        Struct fields = fields(node);
        ByteBuffer bytes = ByteBuffer.allocate(fields.sizeOf());
        fields.writeTo(bytes);
        return bytes.flip();
    }

    static NodeImage decodeNode(ByteBuffer bytes) {
        return node(NODE.read(bytes)).node();
    }

    static ByteBuffer encodeKey(MetadataRecord record) {
        Struct key = new Struct(KEY).set("type", type(record)).set("identity", identity(record));
        ByteBuffer bytes = ByteBuffer.allocate(key.sizeOf());
        key.writeTo(bytes);
        return bytes.flip();
    }

    static ByteBuffer encodeValue(MetadataRecord record) {
        Struct fields = fields(record);
        ByteBuffer bytes = ByteBuffer.allocate(2 + fields.sizeOf());
        bytes.putShort(VERSION);
        fields.writeTo(bytes);
        return bytes.flip();
    }

    static MetadataRecord decode(ByteBuffer key, ByteBuffer value) {
        short type = KEY.read(key.duplicate()).getShort("type");
        ByteBuffer fields = value.duplicate();
        short version = fields.remaining() < 2 ? -1 : fields.getShort();
        if (version != VERSION) {
            throw new SchemaException("metadata record of type " + type + " has unknown version " + version);
        }
        return switch (type) {
            case 1 -> new ClusterCreated(CLUSTER.read(fields).getString("cluster_id"));
            case 2 -> node(NODE.read(fields));
            case 3 -> topic(TOPIC.read(fields));
            case 4 -> partitions(PARTITIONS.read(fields));
            case 5 -> new TopicDeleted((Uuid) DELETED.read(fields).get("topic_id"));
            case 6 -> config(CONFIG.read(fields));
            case 7 -> producerIds(PRODUCER_IDS.read(fields));
            case 8 -> scram(SCRAM.read(fields));
            case 9 -> new NodeUnregistered(UNREGISTERED.read(fields).getInt("node_id"));
            case 10 -> reassigned(REASSIGNED.read(fields));
            case 11 -> forced(FORCED.read(fields));
            default -> throw new SchemaException("unknown type of metadata record: " + type);
        };
    }

    private static short type(MetadataRecord record) {
        return (short)
                switch (record) {
                    case ClusterCreated _ -> 1;
                    case NodeRegistered _ -> 2;
                    case TopicCreated _ -> 3;
                    case PartitionsAssigned _ -> 4;
                    case TopicDeleted _ -> 5;
                    case ConfigChanged _ -> 6;
                    case ProducerIdsAllocated _ -> 7;
                    case ScramCredentialChanged _ -> 8;
                    case NodeUnregistered _ -> 9;
                    case PartitionReassigned _ -> 10;
                    case ConfigForced _ -> 11;
                };
    }

    private static String identity(MetadataRecord record) {
        return switch (record) {
            case ClusterCreated _ -> "";
            case NodeRegistered registered -> Integer.toString(registered.node().nodeId());
            case TopicCreated created -> created.topicId().toString();
            case PartitionsAssigned assigned -> assigned.topicId() + "/" + assigned.firstPartition();
            case TopicDeleted deleted -> deleted.topicId().toString();
            case ConfigChanged changed ->
                changed.resource().type().id() + "/" + changed.resource().name() + "/" + changed.key();
            case ProducerIdsAllocated _ -> "";
            case ScramCredentialChanged changed -> changed.mechanism() + "/" + changed.user();
            case NodeUnregistered unregistered -> Integer.toString(unregistered.nodeId());
            case PartitionReassigned reassigned -> reassigned.topicId() + "/" + reassigned.partition();
            case ConfigForced forced -> forced.topicId() + "/" + forced.partition();
        };
    }

    private static Struct fields(MetadataRecord record) {
        return switch (record) {
            case ClusterCreated created -> new Struct(CLUSTER).set("cluster_id", created.clusterId());
            case NodeRegistered registered -> fields(registered.node());
            case TopicCreated created ->
                new Struct(TOPIC).set("name", created.name()).set("topic_id", created.topicId());
            case PartitionsAssigned assigned -> fields(assigned);
            case TopicDeleted deleted -> new Struct(DELETED).set("topic_id", deleted.topicId());
            case ConfigChanged changed ->
                new Struct(CONFIG)
                        .set("resource_type", changed.resource().type().id())
                        .set("resource_name", changed.resource().name())
                        .set("key", changed.key())
                        .set("value", changed.value());
            case ProducerIdsAllocated allocated ->
                new Struct(PRODUCER_IDS)
                        .set("node_id", allocated.nodeId())
                        .set("next_producer_id", allocated.nextProducerId());
            case ScramCredentialChanged changed ->
                new Struct(SCRAM)
                        .set("mechanism", changed.mechanism())
                        .set("user", changed.user())
                        .set("credential", changed.credential());
            case NodeUnregistered unregistered -> new Struct(UNREGISTERED).set("node_id", unregistered.nodeId());
            case PartitionReassigned reassigned ->
                new Struct(REASSIGNED)
                        .set("topic_id", reassigned.topicId())
                        .set("partition", reassigned.partition())
                        .set("replicas", reassigned.replicas().toArray())
                        .set("original", reassigned.original().toArray())
                        .set("leaving", reassigned.leaving().toArray());
            case ConfigForced forced ->
                new Struct(FORCED)
                        .set("topic_id", forced.topicId())
                        .set("partition", forced.partition())
                        .set("leader_epoch", forced.config().leaderEpoch())
                        .set("node_id", forced.config().voter().nodeId())
                        .set("directory_id", forced.config().voter().directoryId());
        };
    }

    private static Struct fields(NodeImage node) {
        Struct fields = new Struct(NODE);
        Object[] endpoints = node.endpoints().stream()
                .map(endpoint -> fields.instance("endpoints")
                        .set("listener", endpoint.listener())
                        .set("host", endpoint.host())
                        .set("port", endpoint.port()))
                .toArray();
        return fields.set("node_id", node.nodeId())
                .set("node_uuid", node.nodeUuid())
                .set("directory_id", node.directoryId())
                .set("rack", node.rack())
                .set("endpoints", endpoints);
    }

    private static Struct fields(PartitionsAssigned assigned) {
        Struct fields = new Struct(PARTITIONS);
        Object[] assignments = assigned.assignments().stream()
                .map(assignment -> fields.instance("assignments")
                        .set("replicas", assignment.replicas().toArray()))
                .toArray();
        return fields.set("topic_id", assigned.topicId())
                .set("first_partition", assigned.firstPartition())
                .set("assignments", assignments);
    }

    private static NodeRegistered node(Struct fields) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (Object element : fields.getArray("endpoints")) {
            Struct endpoint = (Struct) element;
            endpoints.add(
                    new Endpoint(endpoint.getString("listener"), endpoint.getString("host"), endpoint.getInt("port")));
        }
        return new NodeRegistered(new NodeImage(
                fields.getInt("node_id"),
                (Uuid) fields.get("node_uuid"),
                (Uuid) fields.get("directory_id"),
                fields.getString("rack"),
                endpoints));
    }

    private static TopicCreated topic(Struct fields) {
        return new TopicCreated(fields.getString("name"), (Uuid) fields.get("topic_id"));
    }

    private static PartitionsAssigned partitions(Struct fields) {
        List<PartitionAssignment> assignments = new ArrayList<>();
        for (Object element : fields.getArray("assignments")) {
            assignments.add(new PartitionAssignment(nodeIds((Struct) element, "replicas")));
        }
        return new PartitionsAssigned((Uuid) fields.get("topic_id"), fields.getInt("first_partition"), assignments);
    }

    private static ConfigForced forced(Struct fields) {
        return new ConfigForced(
                (Uuid) fields.get("topic_id"),
                fields.getInt("partition"),
                new ForcedConfig(fields.getInt("leader_epoch"), new ReplicaId(fields.getInt("node_id"), (Uuid)
                        fields.get("directory_id"))));
    }

    private static List<Integer> nodeIds(Struct fields, String name) {
        List<Integer> nodeIds = new ArrayList<>();
        for (Object nodeId : fields.getArray(name)) {
            nodeIds.add((Integer) nodeId);
        }
        return nodeIds;
    }

    private static PartitionReassigned reassigned(Struct fields) {
        return new PartitionReassigned(
                (Uuid) fields.get("topic_id"),
                fields.getInt("partition"),
                nodeIds(fields, "replicas"),
                nodeIds(fields, "original"),
                nodeIds(fields, "leaving"));
    }

    private static ConfigChanged config(Struct fields) {
        ConfigResource.Type type = ConfigResource.Type.forId((Byte) fields.get("resource_type"));
        return new ConfigChanged(
                new ConfigResource(type, fields.getString("resource_name")),
                fields.getString("key"),
                fields.getString("value"));
    }

    private static ProducerIdsAllocated producerIds(Struct fields) {
        return new ProducerIdsAllocated(fields.getInt("node_id"), fields.getLong("next_producer_id"));
    }

    private static ScramCredentialChanged scram(Struct fields) {
        return new ScramCredentialChanged(
                fields.getString("mechanism"), fields.getString("user"), fields.getString("credential"));
    }
}
