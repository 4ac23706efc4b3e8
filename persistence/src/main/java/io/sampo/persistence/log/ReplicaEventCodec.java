package io.sampo.persistence.log;

import io.sampo.core.partition.ConfigStart;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.ConfigForced;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.SetBack;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ByteBufferAccessor;

/// Bytes of control events and checkpoints: big-endian, fields in the order of the records' components, kinds as
/// below. A stored format: a kind or a field is never changed, a new one gets a new kind or a new version of the
/// file.
final class ReplicaEventCodec {
    static final byte REPLICA_CREATED = 1;
    static final byte OPENED = 2;
    static final byte CLEAN_CLOSE = 3;
    static final byte EPOCH_PROMISED = 4;
    static final byte EPOCH_STARTED = 5;
    static final byte TRUNCATE_INTENT = 6;
    static final byte SUSPECTED = 7;
    static final byte RECOVERED = 8;
    static final byte LOG_START_ADVANCED = 9;
    static final byte HIGH_WATERMARK_HINT = 10;
    static final byte PEER_HEARD = 11;
    static final byte SET_BACK = 12;
    static final byte CONFIG_FORCED = 13;

    private static final int FIRST_TRY_BYTES = 512;

    private ReplicaEventCodec() {}

    static byte kindOf(ReplicaEvent event) {
        return switch (event) {
            case ReplicaEvent.BatchAppended _ ->
                throw new IllegalArgumentException("batches go to the log, not to the meta journal");
            case ReplicaCreated _ -> REPLICA_CREATED;
            case Opened _ -> OPENED;
            case CleanClose _ -> CLEAN_CLOSE;
            case EpochPromised _ -> EPOCH_PROMISED;
            case ConfigForced _ -> CONFIG_FORCED;
            case EpochStarted _ -> EPOCH_STARTED;
            case TruncateIntent _ -> TRUNCATE_INTENT;
            case Suspected _ -> SUSPECTED;
            case Recovered _ -> RECOVERED;
            case LogStartAdvanced _ -> LOG_START_ADVANCED;
            case HighWatermarkHint _ -> HIGH_WATERMARK_HINT;
            case PeerHeard _ -> PEER_HEARD;
            case SetBack _ -> SET_BACK;
        };
    }

    /// Ready to be read from position 0.
    static ByteBuffer encode(ReplicaEvent event) {
        return grow(out -> write(out, event));
    }

    static ByteBuffer encode(Checkpoint checkpoint) {
        return grow(out -> writeCheckpoint(out, checkpoint));
    }

    private static ByteBuffer grow(Consumer<ByteBufferAccessor> writer) {
        for (int capacity = FIRST_TRY_BYTES; ; capacity = Math.multiplyExact(capacity, 2)) {
            ByteBufferAccessor out = new ByteBufferAccessor(ByteBuffer.allocate(capacity));
            try {
                writer.accept(out);
                return out.buffer().flip();
            } catch (BufferOverflowException larger) {
                // tried again with twice the room
            }
        }
    }

    private static void write(ByteBufferAccessor out, ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.BatchAppended _ -> throw new IllegalArgumentException("not a control event");
            case ReplicaCreated created -> {
                writeString(out, created.topic());
                writePartition(out, created.partition());
                writeReplica(out, created.self());
                writeVoters(out, created.initialConfig());
            }
            case Opened opened -> {
                out.writeLong(opened.incarnation());
                writeString(out, opened.bootId());
            }
            case CleanClose close -> {
                out.writeLong(close.logEndOffset());
                writeString(out, close.bootId());
            }
            case EpochPromised promised -> {
                out.writeInt(promised.leaderEpoch());
                writeReplica(out, promised.candidate());
            }
            case ConfigForced forced -> {
                out.writeInt(forced.leaderEpoch());
                writeReplica(out, forced.voter());
            }
            case EpochStarted started -> {
                out.writeInt(started.leaderEpoch());
                out.writeLong(started.startOffset());
                writeReplica(out, started.leader());
                writeVoters(out, started.config());
            }
            case TruncateIntent intent -> {
                out.writeLong(intent.toOffset());
                out.writeInt(intent.keepMarkersUpToEpoch());
                out.writeInt(intent.byLeaderEpoch());
            }
            case Suspected suspected -> {
                writeString(out, suspected.bootId());
                writeString(out, suspected.reason());
            }
            case Recovered recovered -> {
                out.writeInt(recovered.leaderEpoch());
                out.writeLong(recovered.offset());
            }
            case LogStartAdvanced advanced -> out.writeLong(advanced.logStartOffset());
            case HighWatermarkHint hint -> out.writeLong(hint.highWatermark());
            case PeerHeard heard -> writePeer(out, heard);
            case SetBack setBack -> out.writeLong(setBack.laterLife());
        }
    }

    /// @throws IllegalArgumentException when the bytes are no event of that kind
    static ReplicaEvent decode(byte kind, ByteBuffer bytes) {
        return whole(bytes, () -> {
            ByteBufferAccessor in = new ByteBufferAccessor(bytes);
            return switch (kind) {
                case REPLICA_CREATED ->
                    new ReplicaCreated(readString(in), readPartition(in), readReplica(in), readVoters(in));
                case OPENED -> new Opened(in.readLong(), readString(in));
                case CLEAN_CLOSE -> new CleanClose(in.readLong(), readString(in));
                case EPOCH_PROMISED -> new EpochPromised(in.readInt(), readReplica(in));
                case EPOCH_STARTED -> new EpochStarted(in.readInt(), in.readLong(), readReplica(in), readVoters(in));
                case TRUNCATE_INTENT -> new TruncateIntent(in.readLong(), in.readInt(), in.readInt());
                case SUSPECTED -> new Suspected(readString(in), readString(in));
                case RECOVERED -> new Recovered(in.readInt(), in.readLong());
                case LOG_START_ADVANCED -> new LogStartAdvanced(in.readLong());
                case HIGH_WATERMARK_HINT -> new HighWatermarkHint(in.readLong());
                case PEER_HEARD -> readPeer(in);
                case SET_BACK -> new SetBack(in.readLong());
                case CONFIG_FORCED -> new ConfigForced(in.readInt(), readReplica(in));
                default -> throw new IllegalArgumentException("unknown kind of event: " + kind);
            };
        });
    }

    /// @throws IllegalArgumentException when the bytes are no checkpoint
    static Checkpoint decodeCheckpoint(ByteBuffer bytes) {
        return whole(bytes, () -> readCheckpoint(new ByteBufferAccessor(bytes)));
    }

    private static <T> T whole(ByteBuffer bytes, Supplier<T> reader) {
        try {
            T read = reader.get();
            if (bytes.hasRemaining()) {
                throw new IllegalArgumentException(bytes.remaining() + " bytes too many");
            }
            return read;
        } catch (BufferUnderflowException tooShort) {
            throw new IllegalArgumentException("too short", tooShort);
        }
    }

    private static void writeCheckpoint(ByteBufferAccessor out, Checkpoint checkpoint) {
        writeString(out, checkpoint.topic());
        writePartition(out, checkpoint.partition());
        writeReplica(out, checkpoint.self());
        writeVoters(out, checkpoint.config());
        out.writeLong(checkpoint.incarnation());
        writeString(out, checkpoint.bootId());
        out.writeInt(checkpoint.promisedEpoch());
        out.writeLong(checkpoint.logStartOffset());
        out.writeLong(checkpoint.logEndOffset());
        out.writeLong(checkpoint.highWatermark());
        out.writeByte((byte) (checkpoint.suspect() ? 1 : 0));
        out.writeInt(checkpoint.epochStarts().size());
        for (EpochStart start : checkpoint.epochStarts()) {
            out.writeInt(start.leaderEpoch());
            out.writeLong(start.startOffset());
        }
        out.writeInt(checkpoint.producers().size());
        for (ProducerEntry producer : checkpoint.producers()) {
            writeProducer(out, producer);
        }
        writeAdditions(out, checkpoint);
    }

    /// What version 1 of the file did not have at first. A checkpoint without it ends here.
    private static void writeAdditions(ByteBufferAccessor out, Checkpoint checkpoint) {
        boolean plain = checkpoint.configs().equals(unchanged(checkpoint.config()))
                && !checkpoint.configLost()
                && checkpoint.forgottenProducerId() == Long.MAX_VALUE
                && checkpoint.peers().isEmpty();
        if (plain) {
            return;
        }
        out.writeInt(checkpoint.configs().size());
        for (ConfigStart start : checkpoint.configs()) {
            out.writeInt(start.leaderEpoch());
            writeVoters(out, start.config());
        }
        out.writeByte((byte) (checkpoint.configLost() ? 1 : 0));
        out.writeLong(checkpoint.forgottenProducerId());
        if (!checkpoint.peers().isEmpty()) {
            out.writeInt(checkpoint.peers().size());
            checkpoint.peers().forEach(heard -> writePeer(out, heard));
        }
    }

    private static List<ConfigStart> unchanged(VoterSet config) {
        return List.of(new ConfigStart(-1, config));
    }

    private static List<ConfigStart> readConfigs(ByteBufferAccessor in, VoterSet config) {
        return in.remaining() == 0
                ? unchanged(config)
                : readList(in, () -> new ConfigStart(in.readInt(), readVoters(in)));
    }

    private static Checkpoint readCheckpoint(ByteBufferAccessor in) {
        String topic = readString(in);
        PartitionId partition = readPartition(in);
        ReplicaId self = readReplica(in);
        VoterSet config = readVoters(in);
        return new Checkpoint(
                topic,
                partition,
                self,
                config,
                in.readLong(),
                readString(in),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readByte() != 0,
                readList(in, () -> new EpochStart(in.readInt(), in.readLong())),
                readList(in, () -> readProducer(in)),
                readConfigs(in, config),
                in.remaining() > 0 && in.readByte() != 0,
                in.remaining() == 0 ? Long.MAX_VALUE : in.readLong(),
                in.remaining() == 0 ? List.of() : readList(in, () -> readPeer(in)));
    }

    private static void writePeer(ByteBufferAccessor out, PeerHeard heard) {
        writeReplica(out, heard.replica());
        out.writeLong(heard.life());
    }

    private static PeerHeard readPeer(ByteBufferAccessor in) {
        return new PeerHeard(readReplica(in), in.readLong());
    }

    private static void writeProducer(ByteBufferAccessor out, ProducerEntry producer) {
        out.writeLong(producer.producerId());
        out.writeShort(producer.producerEpoch());
        out.writeInt(producer.coordinatorEpoch());
        out.writeLong(producer.lastTimestampMs());
        out.writeLong(producer.currentTransactionFirstOffset());
        out.writeInt(producer.lastBatches().size());
        for (ProducerBatch batch : producer.lastBatches()) {
            out.writeInt(batch.baseSequence());
            out.writeInt(batch.lastSequence());
            out.writeLong(batch.baseOffset());
            out.writeLong(batch.lastOffset());
            out.writeLong(batch.timestampMs());
        }
    }

    private static ProducerEntry readProducer(ByteBufferAccessor in) {
        return new ProducerEntry(
                in.readLong(),
                in.readShort(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                readList(
                        in,
                        () -> new ProducerBatch(
                                in.readInt(), in.readInt(), in.readLong(), in.readLong(), in.readLong())));
    }

    private static void writeVoters(ByteBufferAccessor out, VoterSet set) {
        writeReplicas(out, set.voters());
        writeReplicas(out, set.learners());
    }

    private static VoterSet readVoters(ByteBufferAccessor in) {
        return new VoterSet(readList(in, () -> readReplica(in)), readList(in, () -> readReplica(in)));
    }

    private static void writeReplicas(ByteBufferAccessor out, List<ReplicaId> replicas) {
        out.writeInt(replicas.size());
        replicas.forEach(replica -> writeReplica(out, replica));
    }

    private static void writeReplica(ByteBufferAccessor out, ReplicaId replica) {
        out.writeInt(replica.nodeId());
        out.writeUuid(replica.directoryId());
    }

    private static ReplicaId readReplica(ByteBufferAccessor in) {
        return new ReplicaId(in.readInt(), in.readUuid());
    }

    private static void writePartition(ByteBufferAccessor out, PartitionId partition) {
        out.writeUuid(partition.topicId());
        out.writeInt(partition.partition());
    }

    private static PartitionId readPartition(ByteBufferAccessor in) {
        return new PartitionId(in.readUuid(), in.readInt());
    }

    private static void writeString(ByteBufferAccessor out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.writeByteArray(bytes);
    }

    private static String readString(ByteBufferAccessor in) {
        return in.readString(count(in));
    }

    private static <T> List<T> readList(ByteBufferAccessor in, Supplier<T> element) {
        int count = count(in);
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(element.get());
        }
        return list;
    }

    /// Every element takes a byte at least, so a count cannot make us allocate more than there is.
    private static int count(ByteBufferAccessor in) {
        int count = in.readInt();
        if (count < 0 || count > in.remaining()) {
            throw new IllegalArgumentException("a count of " + count + " with " + in.remaining() + " bytes left");
        }
        return count;
    }
}
