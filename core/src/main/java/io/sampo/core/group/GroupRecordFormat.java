package io.sampo.core.group;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/// Records of `__consumer_offsets` to and from bytes, exactly as Kafka stores them, so that its tools can read the
/// topic and the data can move either way. A key begins with its version, which names the record type; a value with
/// its own.
///
/// Pure; any thread.
public final class GroupRecordFormat {

    /// Keys 0 and 1 are the same offset commit, 2 a classic group. Larger ones belong to the group types of
    /// KIP-848, KIP-932 and KIP-1071.
    static final short OFFSET_COMMIT_KEY_VERSION = 1;

    static final short GROUP_METADATA_KEY_VERSION = 2;
    /// With an expire timestamp the value must be version 1, the only one that has the field.
    static final short OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY = 1;

    static final short OFFSET_COMMIT_VALUE_VERSION = 4;
    static final short GROUP_METADATA_VALUE_VERSION = 3;

    private static final String TAGS = "_tagged_fields";

    private GroupRecordFormat() {}

    /// The bytes of a record are not a group record of a known version: written by a client that may write internal
    /// topics, or by a newer release.
    public static final class UnreadableRecord extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnreadableRecord(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    public static ByteBuffer key(GroupRecord record) {
        return switch (record) {
            case GroupRecord.OffsetCommit commit ->
                versioned(
                        OFFSET_COMMIT_KEY_VERSION,
                        new Struct(GroupRecordSchemas.OFFSET_COMMIT_KEY)
                                .set("group", commit.groupId())
                                .set("topic", commit.topic())
                                .set("partition", commit.partition()));
            case GroupRecord.GroupMetadata group ->
                versioned(
                        GROUP_METADATA_KEY_VERSION,
                        new Struct(GroupRecordSchemas.GROUP_METADATA_KEY).set("group", group.groupId()));
        };
    }

    /// @return null for a tombstone
    public static @Nullable ByteBuffer value(GroupRecord record) {
        return switch (record) {
            case GroupRecord.OffsetCommit commit -> commit.value() == null ? null : offsetValue(commit.value());
            case GroupRecord.GroupMetadata group -> group.value() == null ? null : groupValue(group.value());
        };
    }

    /// @param value null for a tombstone
    /// @return empty when the key is of a type that this release does not know: left by a newer one, ignored as
    ///     Kafka does
    /// @throws UnreadableRecord when the record cannot be understood
    public static Optional<GroupRecord> parse(ByteBuffer key, @Nullable ByteBuffer value) {
        try {
            short keyVersion = key.getShort();
            if (keyVersion == 0 || keyVersion == OFFSET_COMMIT_KEY_VERSION) {
                Struct struct = GroupRecordSchemas.OFFSET_COMMIT_KEY.read(key);
                return Optional.of(new GroupRecord.OffsetCommit(
                        struct.getString("group"),
                        struct.getString("topic"),
                        struct.getInt("partition"),
                        value == null ? null : offset(value)));
            }
            if (keyVersion == GROUP_METADATA_KEY_VERSION) {
                Struct struct = GroupRecordSchemas.GROUP_METADATA_KEY.read(key);
                return Optional.of(new GroupRecord.GroupMetadata(
                        struct.getString("group"), value == null ? null : generation(value)));
            }
            return Optional.empty();
        } catch (UnreadableRecord unreadable) {
            throw unreadable;
        } catch (RuntimeException damaged) {
            throw new UnreadableRecord("a record of __consumer_offsets cannot be read: " + damaged, damaged);
        }
    }

    private static ByteBuffer offsetValue(CommittedOffset offset) {
        boolean expires = offset.expireTimestampMs() >= 0;
        short version = expires ? OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY : OFFSET_COMMIT_VALUE_VERSION;
        Struct struct = new Struct(GroupRecordSchemas.OFFSET_COMMIT_VALUE[version])
                .set("offset", offset.offset())
                .set("metadata", offset.metadata())
                .set("commitTimestamp", offset.commitTimestampMs());
        if (expires) {
            return versioned(version, struct.set("expireTimestamp", offset.expireTimestampMs()));
        }
        NavigableMap<Integer, Object> tags = GroupRecordSchemas.tags();
        if (!offset.topicId().equals(Uuid.ZERO_UUID)) {
            tags.put(0, offset.topicId());
        }
        return versioned(
                version, struct.set("leaderEpoch", offset.leaderEpoch()).set(TAGS, tags));
    }

    private static CommittedOffset offset(ByteBuffer value) {
        short version = value.getShort();
        Struct struct = schema(GroupRecordSchemas.OFFSET_COMMIT_VALUE, version).read(value);
        Uuid topicId = Uuid.ZERO_UUID;
        if (version >= 4) {
            @SuppressWarnings("unchecked")
            NavigableMap<Integer, Object> tags = (NavigableMap<Integer, Object>) struct.get(TAGS);
            topicId = (Uuid) tags.getOrDefault(0, Uuid.ZERO_UUID);
        }
        return new CommittedOffset(
                struct.getLong("offset"),
                version >= 3 ? struct.getInt("leaderEpoch") : -1,
                struct.getString("metadata"),
                struct.getLong("commitTimestamp"),
                version == 1 ? struct.getLong("expireTimestamp") : -1,
                topicId);
    }

    private static ByteBuffer groupValue(GroupRecord.Generation generation) {
        Struct struct = new Struct(GroupRecordSchemas.GROUP_METADATA_VALUE[GROUP_METADATA_VALUE_VERSION])
                .set("protocolType", generation.protocolType())
                .set("generation", generation.generationId())
                .set("protocol", generation.protocolName())
                .set("leader", generation.leaderId())
                .set("currentStateTimestamp", generation.currentStateTimestampMs());
        Object[] members = generation.members().stream()
                .map(member -> new Struct(GroupRecordSchemas.MEMBER[GROUP_METADATA_VALUE_VERSION])
                        .set("memberId", member.memberId())
                        .set("groupInstanceId", member.groupInstanceId())
                        .set("clientId", member.clientId())
                        .set("clientHost", member.clientHost())
                        .set("rebalanceTimeout", member.rebalanceTimeoutMs())
                        .set("sessionTimeout", member.sessionTimeoutMs())
                        .set("subscription", ByteBuffer.wrap(member.subscription()))
                        .set("assignment", ByteBuffer.wrap(member.assignment())))
                .toArray();
        return versioned(GROUP_METADATA_VALUE_VERSION, struct.set("members", members));
    }

    private static GroupRecord.Generation generation(ByteBuffer value) {
        short version = value.getShort();
        Struct struct = schema(GroupRecordSchemas.GROUP_METADATA_VALUE, version).read(value);
        List<GroupRecord.MemberMetadata> members = new ArrayList<>();
        for (Object element : struct.getArray("members")) {
            Struct member = (Struct) element;
            members.add(new GroupRecord.MemberMetadata(
                    member.getString("memberId"),
                    version >= 3 ? member.getString("groupInstanceId") : null,
                    member.getString("clientId"),
                    member.getString("clientHost"),
                    version >= 1 ? member.getInt("rebalanceTimeout") : -1,
                    member.getInt("sessionTimeout"),
                    Utils.toArray(member.getBytes("subscription")),
                    Utils.toArray(member.getBytes("assignment"))));
        }
        return new GroupRecord.Generation(
                struct.getString("protocolType"),
                struct.getInt("generation"),
                struct.getString("protocol"),
                struct.getString("leader"),
                version >= 2 ? struct.getLong("currentStateTimestamp") : -1,
                members);
    }

    private static Schema schema(Schema[] versions, short version) {
        if (version < 0 || version >= versions.length) {
            throw new UnreadableRecord("value version " + version + " is not known", null);
        }
        return versions[version];
    }

    private static ByteBuffer versioned(short version, Struct struct) {
        ByteBuffer buffer = ByteBuffer.allocate(2 + struct.sizeOf());
        buffer.putShort(version);
        struct.writeTo(buffer);
        buffer.flip();
        return buffer;
    }
}
