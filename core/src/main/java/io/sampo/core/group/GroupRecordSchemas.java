package io.sampo.core.group;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Type;

/// The record layouts of `__consumer_offsets`, version by version, as Kafka 4.3 reads and writes them. The schemas
/// are part of the stored format: add, never change.
final class GroupRecordSchemas {

    static final Schema OFFSET_COMMIT_KEY = new Schema(
            new Field("group", Type.STRING), new Field("topic", Type.STRING), new Field("partition", Type.INT32));

    static final Schema GROUP_METADATA_KEY = new Schema(new Field("group", Type.STRING));

    /// By version.
    static final Schema[] OFFSET_COMMIT_VALUE = {
        new Schema(
                new Field("offset", Type.INT64),
                new Field("metadata", Type.STRING),
                new Field("commitTimestamp", Type.INT64)),
        new Schema(
                new Field("offset", Type.INT64),
                new Field("metadata", Type.STRING),
                new Field("commitTimestamp", Type.INT64),
                new Field("expireTimestamp", Type.INT64)),
        new Schema(
                new Field("offset", Type.INT64),
                new Field("metadata", Type.STRING),
                new Field("commitTimestamp", Type.INT64)),
        new Schema(
                new Field("offset", Type.INT64),
                new Field("leaderEpoch", Type.INT32),
                new Field("metadata", Type.STRING),
                new Field("commitTimestamp", Type.INT64)),
        new Schema(
                new Field("offset", Type.INT64),
                new Field("leaderEpoch", Type.INT32),
                new Field("metadata", Type.COMPACT_STRING),
                new Field("commitTimestamp", Type.INT64),
                Field.TaggedFieldsSection.of(0, new Field("topicId", Type.UUID))),
    };

    /// By version.
    static final Schema[] MEMBER = {
        new Schema(
                new Field("memberId", Type.STRING),
                new Field("clientId", Type.STRING),
                new Field("clientHost", Type.STRING),
                new Field("sessionTimeout", Type.INT32),
                new Field("subscription", Type.BYTES),
                new Field("assignment", Type.BYTES)),
        new Schema(
                new Field("memberId", Type.STRING),
                new Field("clientId", Type.STRING),
                new Field("clientHost", Type.STRING),
                new Field("rebalanceTimeout", Type.INT32),
                new Field("sessionTimeout", Type.INT32),
                new Field("subscription", Type.BYTES),
                new Field("assignment", Type.BYTES)),
        new Schema(
                new Field("memberId", Type.STRING),
                new Field("clientId", Type.STRING),
                new Field("clientHost", Type.STRING),
                new Field("rebalanceTimeout", Type.INT32),
                new Field("sessionTimeout", Type.INT32),
                new Field("subscription", Type.BYTES),
                new Field("assignment", Type.BYTES)),
        new Schema(
                new Field("memberId", Type.STRING),
                new Field("groupInstanceId", Type.NULLABLE_STRING),
                new Field("clientId", Type.STRING),
                new Field("clientHost", Type.STRING),
                new Field("rebalanceTimeout", Type.INT32),
                new Field("sessionTimeout", Type.INT32),
                new Field("subscription", Type.BYTES),
                new Field("assignment", Type.BYTES)),
        new Schema(
                new Field("memberId", Type.COMPACT_STRING),
                new Field("groupInstanceId", Type.COMPACT_NULLABLE_STRING),
                new Field("clientId", Type.COMPACT_STRING),
                new Field("clientHost", Type.COMPACT_STRING),
                new Field("rebalanceTimeout", Type.INT32),
                new Field("sessionTimeout", Type.INT32),
                new Field("subscription", Type.COMPACT_BYTES),
                new Field("assignment", Type.COMPACT_BYTES),
                noTags()),
    };

    /// By version.
    static final Schema[] GROUP_METADATA_VALUE = {
        generation(MEMBER[0], false),
        generation(MEMBER[1], false),
        generation(MEMBER[2], true),
        generation(MEMBER[3], true),
        new Schema(
                new Field("protocolType", Type.COMPACT_STRING),
                new Field("generation", Type.INT32),
                new Field("protocol", Type.COMPACT_NULLABLE_STRING),
                new Field("leader", Type.COMPACT_NULLABLE_STRING),
                new Field("currentStateTimestamp", Type.INT64),
                new Field("members", new CompactArrayOf(MEMBER[4])),
                noTags()),
    };

    private GroupRecordSchemas() {}

    private static Schema generation(Schema member, boolean withTimestamp) {
        Field protocolType = new Field("protocolType", Type.STRING);
        Field generation = new Field("generation", Type.INT32);
        Field protocol = new Field("protocol", Type.NULLABLE_STRING);
        Field leader = new Field("leader", Type.NULLABLE_STRING);
        Field members = new Field("members", new ArrayOf(member));
        return withTimestamp
                ? new Schema(
                        protocolType,
                        generation,
                        protocol,
                        leader,
                        new Field("currentStateTimestamp", Type.INT64),
                        members)
                : new Schema(protocolType, generation, protocol, leader, members);
    }

    private static Field noTags() {
        return Field.TaggedFieldsSection.of();
    }

    static NavigableMap<Integer, Object> tags() {
        return new TreeMap<>(Map.of());
    }
}
