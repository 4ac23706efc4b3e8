package io.sampo.core.metadata;

import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.metadata.ControllerCommand.AlterConfigs;
import io.sampo.core.metadata.ControllerCommand.AlterPartitionReassignments;
import io.sampo.core.metadata.ControllerCommand.AlterScramCredentials;
import io.sampo.core.metadata.ControllerCommand.CompleteReassignments;
import io.sampo.core.metadata.ControllerCommand.CreatePartitions;
import io.sampo.core.metadata.ControllerCommand.CreateTopics;
import io.sampo.core.metadata.ControllerCommand.DeleteTopics;
import io.sampo.core.metadata.ControllerCommand.DescribeMetadataQuorum;
import io.sampo.core.metadata.ControllerCommand.ForceConfig;
import io.sampo.core.metadata.ControllerCommand.Forced;
import io.sampo.core.metadata.ControllerCommand.IncrementalAlterConfigs;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.ControllerCommand.RegisterNode;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.metadata.ControllerCommand.UnregisterNode;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;

/// Commands and their answers as they travel between nodes: INT16 type, then Kafka's own encoding of the
/// request or response in the version that belongs to the type, for ever. A newer version of a message becomes
/// a new type, which a node that does not know it refuses.
///
/// | type | command | version |
/// |---|---|---|
/// | 1 | RegisterNode | own |
/// | 2 | CreateTopics | UUIDs of the topics, then 7 |
/// | 3 | DeleteTopics | 6 |
/// | 4 | CreatePartitions | 3 |
/// | 5 | IncrementalAlterConfigs | 1 |
/// | 6 | AlterConfigs | 2 |
/// | 7 | AlterUserScramCredentials | 0 |
/// | 8 | AllocateProducerIds | own |
/// | 9 | UnregisterBroker | 0 |
/// | 10 | AlterPartitionReassignments | 1 |
/// | 11 | DescribeMetadataQuorum | empty; answer: DescribeQuorum 2 |
/// | 12 | ForceConfig | own |
public final class ControllerCommandCodec {

    private ControllerCommandCodec() {}

    /// @throws IllegalArgumentException for a command that never leaves the controller's node
    public static ByteBuffer encode(ControllerCommand<?> command) {
        return switch (command) {
            case RegisterNode register -> encode(register);
            case CreateTopics create -> encode(create);
            case DeleteTopics delete -> message(3, inNewForm(delete.request()), 6);
            case CreatePartitions create -> message(4, create.request(), 3);
            case IncrementalAlterConfigs alter -> message(5, alter.request(), 1);
            case AlterConfigs alter -> message(6, alter.request(), 2);
            case AlterScramCredentials alter -> message(7, alter.request(), 0);
            case AllocateProducerIds allocate ->
                ByteBuffer.allocate(6)
                        .putShort((short) 8)
                        .putInt(allocate.nodeId())
                        .flip();
            case UnregisterNode unregister -> message(9, unregister.request(), 0);
            case AlterPartitionReassignments alter -> message(10, alter.request(), 1);
            case DescribeMetadataQuorum _ ->
                ByteBuffer.allocate(2).putShort((short) 11).flip();
            case ForceConfig force -> encode(force);
            case CompleteReassignments _ ->
                throw new IllegalArgumentException("the controller completes reassignments on its own");
        };
    }

    /// @throws SerializationException when the bytes are not what [#encode(ControllerCommand)] writes
    public static ControllerCommand<?> decodeCommand(ByteBuffer bytes) {
        try {
            short type = bytes.getShort();
            ByteBufferAccessor in = new ByteBufferAccessor(bytes);
            return switch (type) {
                case 1 -> registerNode(bytes);
                case 2 -> createTopics(bytes);
                case 3 -> new DeleteTopics(new DeleteTopicsRequestData(in, (short) 6));
                case 4 -> new CreatePartitions(new CreatePartitionsRequestData(in, (short) 3));
                case 5 -> new IncrementalAlterConfigs(new IncrementalAlterConfigsRequestData(in, (short) 1));
                case 6 -> new AlterConfigs(new AlterConfigsRequestData(in, (short) 2));
                case 7 -> new AlterScramCredentials(new AlterUserScramCredentialsRequestData(in, (short) 0));
                case 8 -> new AllocateProducerIds(bytes.getInt());
                case 9 -> new UnregisterNode(new UnregisterBrokerRequestData(in, (short) 0));
                case 10 -> new AlterPartitionReassignments(new AlterPartitionReassignmentsRequestData(in, (short) 1));
                case 11 -> new DescribeMetadataQuorum();
                case 12 -> forceConfig(bytes);
                default -> throw new SerializationException("unknown type of controller command: " + type);
            };
        } catch (SerializationException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new SerializationException("damaged controller command", e);
        }
    }

    /// @param response what answers a command: the type says which
    public static ByteBuffer encodeResponse(Object response) {
        return switch (response) {
            case Registered registered -> encode(registered);
            case CreateTopicsResponseData data -> message(2, data, 7);
            case DeleteTopicsResponseData data -> message(3, data, 6);
            case CreatePartitionsResponseData data -> message(4, data, 3);
            case IncrementalAlterConfigsResponseData data -> message(5, data, 1);
            case AlterConfigsResponseData data -> message(6, data, 2);
            case AlterUserScramCredentialsResponseData data -> message(7, data, 0);
            case ProducerIdBlock block ->
                ByteBuffer.allocate(14)
                        .putShort((short) 8)
                        .putLong(block.firstProducerId())
                        .putInt(block.count())
                        .flip();
            case UnregisterBrokerResponseData data -> message(9, data, 0);
            case AlterPartitionReassignmentsResponseData data -> message(10, data, 1);
            case DescribeQuorumResponseData data -> message(11, data, 2);
            case Forced forced -> encode(forced);
            default -> throw new IllegalArgumentException("not an answer of the controller: " + response.getClass());
        };
    }

    /// @throws SerializationException when the bytes are not what [#encodeResponse] writes
    public static Object decodeResponse(ByteBuffer bytes) {
        try {
            short type = bytes.getShort();
            ByteBufferAccessor in = new ByteBufferAccessor(bytes);
            return switch (type) {
                case 1 -> registered(bytes);
                case 2 -> new CreateTopicsResponseData(in, (short) 7);
                case 3 -> new DeleteTopicsResponseData(in, (short) 6);
                case 4 -> new CreatePartitionsResponseData(in, (short) 3);
                case 5 -> new IncrementalAlterConfigsResponseData(in, (short) 1);
                case 6 -> new AlterConfigsResponseData(in, (short) 2);
                case 7 -> new AlterUserScramCredentialsResponseData(in, (short) 0);
                case 8 -> new ProducerIdBlock(bytes.getLong(), bytes.getInt());
                case 9 -> new UnregisterBrokerResponseData(in, (short) 0);
                case 10 -> new AlterPartitionReassignmentsResponseData(in, (short) 1);
                case 11 -> new DescribeQuorumResponseData(in, (short) 2);
                case 12 -> forced(bytes);
                default -> throw new SerializationException("unknown type of controller answer: " + type);
            };
        } catch (SerializationException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new SerializationException("damaged controller answer", e);
        }
    }

    private static ByteBuffer message(int type, Message message, int version) {
        ByteBuffer body =
                MessageUtil.toByteBufferAccessor(message, (short) version).buffer();
        return ByteBuffer.allocate(2 + body.remaining())
                .putShort((short) type)
                .put(body)
                .flip();
    }

    /// Topics by name were listed apart before version 6.
    private static DeleteTopicsRequestData inNewForm(DeleteTopicsRequestData request) {
        if (request.topicNames().isEmpty()) {
            return request;
        }
        List<DeleteTopicState> topics = new ArrayList<>(request.topics());
        request.topicNames().forEach(name -> topics.add(new DeleteTopicState().setName(name)));
        return new DeleteTopicsRequestData().setTopics(topics).setTimeoutMs(request.timeoutMs());
    }

    private static ByteBuffer encode(RegisterNode register) {
        ByteBuffer node = MetadataRecordCodec.encodeNode(register.node());
        byte[] clusterId = register.newClusterId().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + 1 + 4 + clusterId.length + node.remaining())
                .putShort((short) 1)
                .put((byte) (register.replace() ? 1 : 0))
                .putInt(clusterId.length)
                .put(clusterId)
                .put(node)
                .flip();
    }

    private static RegisterNode registerNode(ByteBuffer bytes) {
        boolean replace = bytes.get() != 0;
        String clusterId = string(bytes);
        return new RegisterNode(MetadataRecordCodec.decodeNode(bytes), clusterId, replace);
    }

    private static ByteBuffer encode(Registered registered) {
        byte[] message = (registered.message() == null ? "" : registered.message()).getBytes(StandardCharsets.UTF_8);
        byte[] clusterId = registered.clusterId().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + 2 + 4 + 4 + message.length + 4 + clusterId.length)
                .putShort((short) 1)
                .putShort(registered.error().code())
                .putInt(registered.nodeId())
                .putInt(message.length)
                .put(message)
                .putInt(clusterId.length)
                .put(clusterId)
                .flip();
    }

    private static Registered registered(ByteBuffer bytes) {
        Errors error = Errors.forCode(bytes.getShort());
        int nodeId = bytes.getInt();
        String message = string(bytes);
        return new Registered(error, message.isEmpty() ? null : message, string(bytes), nodeId);
    }

    private static ByteBuffer encode(ForceConfig force) {
        return putUuid(
                        putUuid(
                                        ByteBuffer.allocate(46).putShort((short) 12),
                                        force.id().topicId())
                                .putInt(force.id().partition())
                                .putInt(force.voter().nodeId()),
                        force.voter().directoryId())
                .putInt(force.knownEpoch())
                .flip();
    }

    private static ForceConfig forceConfig(ByteBuffer bytes) {
        PartitionId id = new PartitionId(uuid(bytes), bytes.getInt());
        return new ForceConfig(id, new ReplicaId(bytes.getInt(), uuid(bytes)), bytes.getInt());
    }

    private static ByteBuffer encode(Forced forced) {
        byte[] message = (forced.message() == null ? "" : forced.message()).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + 2 + 4 + 4 + message.length)
                .putShort((short) 12)
                .putShort(forced.error().code())
                .putInt(forced.leaderEpoch())
                .putInt(message.length)
                .put(message)
                .flip();
    }

    private static Forced forced(ByteBuffer bytes) {
        Errors error = Errors.forCode(bytes.getShort());
        int leaderEpoch = bytes.getInt();
        String message = string(bytes);
        return new Forced(error, message.isEmpty() ? null : message, leaderEpoch);
    }

    private static ByteBuffer putUuid(ByteBuffer bytes, Uuid uuid) {
        return bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    private static Uuid uuid(ByteBuffer bytes) {
        return new Uuid(bytes.getLong(), bytes.getLong());
    }

    private static String string(ByteBuffer bytes) {
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new SerializationException("a text of " + length + " bytes in " + bytes.remaining());
        }
        byte[] text = new byte[length];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static ByteBuffer encode(CreateTopics create) {
        ByteBuffer body =
                MessageUtil.toByteBufferAccessor(create.request(), (short) 7).buffer();
        ByteBuffer bytes = ByteBuffer.allocate(2 + 4 + 16 * create.topicIds().size() + body.remaining())
                .putShort((short) 2)
                .putInt(create.topicIds().size());
        create.topicIds()
                .forEach(id -> bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()));
        return bytes.put(body).flip();
    }

    private static CreateTopics createTopics(ByteBuffer bytes) {
        int count = bytes.getInt();
        if (count < 0 || count > bytes.remaining() / 16) {
            throw new SerializationException(count + " topic ids in " + bytes.remaining() + " bytes");
        }
        List<Uuid> topicIds = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            topicIds.add(new Uuid(bytes.getLong(), bytes.getLong()));
        }
        return new CreateTopics(new CreateTopicsRequestData(new ByteBufferAccessor(bytes), (short) 7), topicIds);
    }
}
