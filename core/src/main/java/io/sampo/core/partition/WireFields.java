package io.sampo.core.partition;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Fields that several messages between replicas are made of, to and from bytes.
final class WireFields {
    private static final int UUID_BYTES = 2 * Long.BYTES;
    private static final int REPLICA_BYTES = Integer.BYTES + UUID_BYTES;

    private WireFields() {}

    static void putUuid(ByteBuffer out, Uuid uuid) {
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    static Uuid uuid(ByteBuffer in) {
        return new Uuid(in.getLong(), in.getLong());
    }

    static void putPartition(ByteBuffer out, PartitionId partition) {
        putUuid(out, partition.topicId());
        out.putInt(partition.partition());
    }

    static PartitionId partition(ByteBuffer in) {
        Uuid topicId = uuid(in);
        int partition = in.getInt();
        if (partition < 0) {
            throw new InvalidEnvelopeException("a partition of index " + partition);
        }
        return new PartitionId(topicId, partition);
    }

    static void putReplica(ByteBuffer out, ReplicaId replica) {
        out.putInt(replica.nodeId());
        putUuid(out, replica.directoryId());
    }

    static ReplicaId replica(ByteBuffer in) {
        return new ReplicaId(in.getInt(), uuid(in));
    }

    static void putKey(ByteBuffer out, LogKey key) {
        out.putInt(key.lastEpoch()).putLong(key.logEndOffset());
    }

    static LogKey key(ByteBuffer in) {
        return new LogKey(in.getInt(), in.getLong());
    }

    static void putVoters(ByteBuffer out, VoterSet set) {
        putList(out, set.voters(), replica -> putReplica(out, replica));
        putList(out, set.learners(), replica -> putReplica(out, replica));
    }

    static VoterSet voters(ByteBuffer in) {
        return new VoterSet(list(in, REPLICA_BYTES, WireFields::replica), list(in, REPLICA_BYTES, WireFields::replica));
    }

    static void putFlag(ByteBuffer out, boolean flag) {
        out.put((byte) (flag ? 1 : 0));
    }

    static boolean flag(ByteBuffer in) {
        byte flag = in.get();
        if (flag != 0 && flag != 1) {
            throw new InvalidEnvelopeException("a yes or no of " + flag);
        }
        return flag == 1;
    }

    static <T> void putOptional(ByteBuffer out, @Nullable T value, Consumer<T> writer) {
        putFlag(out, value != null);
        if (value != null) {
            writer.accept(value);
        }
    }

    static <T> @Nullable T optional(ByteBuffer in, Function<ByteBuffer, T> reader) {
        return flag(in) ? reader.apply(in) : null;
    }

    static <T> void putList(ByteBuffer out, List<T> list, Consumer<T> writer) {
        out.putInt(list.size());
        list.forEach(writer);
    }

    /// @param smallestBytes that an element takes
    static <T> List<T> list(ByteBuffer in, int smallestBytes, Function<ByteBuffer, T> element) {
        int count = count(in, smallestBytes);
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(element.apply(in));
        }
        return list;
    }

    /// A number of elements for which there are bytes, so that it cannot make us allocate more than was sent.
    static int count(ByteBuffer in, int smallestBytes) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / smallestBytes) {
            throw new InvalidEnvelopeException("a list of " + count + " with " + in.remaining() + " bytes left");
        }
        return count;
    }
}
