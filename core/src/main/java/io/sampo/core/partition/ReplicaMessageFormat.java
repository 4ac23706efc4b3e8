package io.sampo.core.partition;

import static io.sampo.core.partition.WireFields.flag;
import static io.sampo.core.partition.WireFields.key;
import static io.sampo.core.partition.WireFields.list;
import static io.sampo.core.partition.WireFields.optional;
import static io.sampo.core.partition.WireFields.putFlag;
import static io.sampo.core.partition.WireFields.putKey;
import static io.sampo.core.partition.WireFields.putList;
import static io.sampo.core.partition.WireFields.putOptional;
import static io.sampo.core.partition.WireFields.putReplica;
import static io.sampo.core.partition.WireFields.putVoters;
import static io.sampo.core.partition.WireFields.replica;
import static io.sampo.core.partition.WireFields.voters;

import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import io.sampo.core.partition.ReplicaMessage.AdoptReply;
import io.sampo.core.partition.ReplicaMessage.AdoptRequest;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.Barrier;
import io.sampo.core.partition.ReplicaMessage.BarrierReply;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.KnownLife;
import io.sampo.core.partition.ReplicaMessage.LogReset;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import io.sampo.core.partition.ReplicaMessage.RepairReply;
import io.sampo.core.partition.ReplicaMessage.RepairRequest;
import io.sampo.core.partition.ReplicaMessage.Resigned;
import io.sampo.core.partition.ReplicaMessage.TimeoutNow;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Fields of the messages between replicas, in the order of the records' components; all but the batches of a tail.
/// A kind is never given another meaning.
final class ReplicaMessageFormat {
    static final byte PRE_VOTE = 1;
    static final byte PRE_VOTE_REPLY = 2;
    static final byte PROMISE_REQUEST = 3;
    static final byte PROMISE_REPLY = 4;
    static final byte ADOPT_REQUEST = 5;
    static final byte ADOPT_REPLY = 6;
    static final byte ANNOUNCE = 7;
    static final byte FETCH = 8;
    static final byte FETCH_REPLY = 9;
    static final byte BARRIER = 10;
    static final byte BARRIER_REPLY = 11;
    static final byte TIMEOUT_NOW = 12;
    static final byte RESIGNED = 13;
    static final byte KNOWN_LIFE = 14;
    static final byte REPAIR_REQUEST = 15;
    static final byte REPAIR_REPLY = 16;

    /// Smallest bytes of an element of each kind of list.
    private static final int EPOCH_START_BYTES = 12;

    private static final int EPOCH_STARTED_BYTES = 12 + 20 + 8;
    private static final int CONFIG_START_BYTES = 4 + 8;
    private static final int PRODUCER_BYTES = 8 + 2 + 4 + 8 + 8 + 4;
    private static final int PRODUCER_BATCH_BYTES = 2 * 4 + 3 * 8;

    private ReplicaMessageFormat() {}

    static byte kindOf(ReplicaMessage message) {
        return switch (message) {
            case PreVote _ -> PRE_VOTE;
            case PreVoteReply _ -> PRE_VOTE_REPLY;
            case PromiseRequest _ -> PROMISE_REQUEST;
            case PromiseReply _ -> PROMISE_REPLY;
            case AdoptRequest _ -> ADOPT_REQUEST;
            case AdoptReply _ -> ADOPT_REPLY;
            case Announce _ -> ANNOUNCE;
            case Fetch _ -> FETCH;
            case FetchReply _ -> FETCH_REPLY;
            case Barrier _ -> BARRIER;
            case BarrierReply _ -> BARRIER_REPLY;
            case TimeoutNow _ -> TIMEOUT_NOW;
            case Resigned _ -> RESIGNED;
            case KnownLife _ -> KNOWN_LIFE;
            case RepairRequest _ -> REPAIR_REQUEST;
            case RepairReply _ -> REPAIR_REPLY;
        };
    }

    static void put(ByteBuffer out, ReplicaMessage message) {
        out.putInt(message.leaderEpoch());
        switch (message) {
            case PreVote vote -> {
                putKey(out, vote.key());
                putFlag(out, vote.suspect());
            }
            case PreVoteReply reply -> {
                putFlag(out, reply.granted());
                out.putInt(reply.promisedEpoch());
                putKey(out, reply.key());
                putFlag(out, reply.suspect());
            }
            case PromiseRequest request -> putOptional(out, request.targetConfig(), set -> putVoters(out, set));
            case PromiseReply reply -> {
                putFlag(out, reply.granted());
                out.putInt(reply.promisedEpoch());
                putKey(out, reply.key());
                out.putLong(reply.logStartOffset());
                putVoters(out, reply.config());
                putFlag(out, reply.suspect());
            }
            case AdoptRequest request -> {
                putKey(out, request.key());
                putKey(out, request.promisedKey());
                out.putInt(request.maxBytes());
            }
            case AdoptReply reply -> {
                putKey(out, reply.echo());
                putKey(out, reply.sourceKey());
                putMarkers(out, reply.markers());
                putDiverging(out, reply.diverging());
            }
            case Announce announce -> {
                out.putLong(announce.startOffset()).putLong(announce.highWatermark());
                putFlag(out, announce.rests());
            }
            case Fetch fetch -> {
                putKey(out, fetch.key());
                out.putLong(fetch.durableOffset())
                        .putLong(fetch.highWatermark())
                        .putLong(fetch.logStartOffset());
                putFlag(out, fetch.suspect());
                out.putInt(fetch.maxBytes()).putInt(fetch.maxWaitMs());
            }
            case FetchReply reply -> putFetchReply(out, reply);
            case Barrier barrier -> out.putLong(barrier.id());
            case BarrierReply reply -> out.putLong(reply.id());
            case TimeoutNow _, Resigned _ -> {}
            case KnownLife known -> out.putLong(known.life());
            case RepairRequest request -> out.putLong(request.fromOffset()).putLong(request.toOffset());
            case RepairReply reply -> {
                out.putLong(reply.fromOffset());
                putFlag(out, reply.granted());
            }
        }
    }

    /// @return a message with a tail still without its batches
    static ReplicaMessage read(byte kind, ByteBuffer in) {
        int epoch = in.getInt();
        return switch (kind) {
            case PRE_VOTE -> new PreVote(epoch, key(in), flag(in));
            case PRE_VOTE_REPLY -> new PreVoteReply(epoch, flag(in), in.getInt(), key(in), flag(in));
            case PROMISE_REQUEST -> new PromiseRequest(epoch, optional(in, WireFields::voters));
            case PROMISE_REPLY ->
                new PromiseReply(epoch, flag(in), in.getInt(), key(in), in.getLong(), voters(in), flag(in));
            case ADOPT_REQUEST -> new AdoptRequest(epoch, key(in), key(in), in.getInt());
            case ADOPT_REPLY -> new AdoptReply(epoch, key(in), key(in), markers(in), List.of(), diverging(in));
            case ANNOUNCE -> new Announce(epoch, in.getLong(), in.getLong(), flag(in));
            case FETCH ->
                new Fetch(epoch, key(in), in.getLong(), in.getLong(), in.getLong(), flag(in), in.getInt(), in.getInt());
            case FETCH_REPLY -> fetchReply(epoch, in);
            case BARRIER -> new Barrier(epoch, in.getLong());
            case BARRIER_REPLY -> new BarrierReply(epoch, in.getLong());
            case TIMEOUT_NOW -> new TimeoutNow(epoch);
            case RESIGNED -> new Resigned(epoch);
            case KNOWN_LIFE -> new KnownLife(epoch, in.getLong());
            case REPAIR_REQUEST -> new RepairRequest(epoch, in.getLong(), in.getLong());
            case REPAIR_REPLY -> new RepairReply(epoch, in.getLong(), flag(in));
            default -> throw new InvalidEnvelopeException("a message of the unknown kind " + kind);
        };
    }

    private static void putFetchReply(ByteBuffer out, FetchReply reply) {
        putKey(out, reply.echo());
        putMarkers(out, reply.markers());
        out.putLong(reply.highWatermark()).putLong(reply.logStartOffset()).putLong(reply.logEndOffset());
        putDiverging(out, reply.diverging());
        putOptional(out, reply.reset(), reset -> putReset(out, reset));
        out.putLong(reply.recoveredIncarnation());
    }

    private static FetchReply fetchReply(int epoch, ByteBuffer in) {
        return new FetchReply(
                epoch,
                key(in),
                markers(in),
                List.of(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                diverging(in),
                optional(in, ReplicaMessageFormat::reset),
                in.getLong());
    }

    private static void putMarkers(ByteBuffer out, List<EpochStarted> markers) {
        putList(out, markers, marker -> {
            out.putInt(marker.leaderEpoch()).putLong(marker.startOffset());
            putReplica(out, marker.leader());
            putVoters(out, marker.config());
        });
    }

    private static List<EpochStarted> markers(ByteBuffer in) {
        return list(
                in,
                EPOCH_STARTED_BYTES,
                from -> new EpochStarted(from.getInt(), from.getLong(), replica(from), voters(from)));
    }

    private static void putDiverging(ByteBuffer out, @Nullable DivergingEpoch diverging) {
        putOptional(out, diverging, epoch -> out.putInt(epoch.leaderEpoch()).putLong(epoch.endOffset()));
    }

    private static @Nullable DivergingEpoch diverging(ByteBuffer in) {
        return optional(in, from -> new DivergingEpoch(from.getInt(), from.getLong()));
    }

    private static void putReset(ByteBuffer out, LogReset reset) {
        out.putLong(reset.logStartOffset());
        putList(out, reset.markers(), start -> out.putInt(start.leaderEpoch()).putLong(start.startOffset()));
        putList(out, reset.configs(), start -> {
            out.putInt(start.leaderEpoch());
            putVoters(out, start.config());
        });
        putList(out, reset.producers(), producer -> putProducer(out, producer));
        out.putLong(reset.forgottenProducerId());
    }

    private static LogReset reset(ByteBuffer in) {
        return new LogReset(
                in.getLong(),
                list(in, EPOCH_START_BYTES, from -> new EpochStart(from.getInt(), from.getLong())),
                list(in, CONFIG_START_BYTES, from -> new ConfigStart(from.getInt(), voters(from))),
                list(in, PRODUCER_BYTES, ReplicaMessageFormat::producer),
                in.getLong());
    }

    private static void putProducer(ByteBuffer out, ProducerEntry producer) {
        out.putLong(producer.producerId()).putShort(producer.producerEpoch());
        out.putInt(producer.coordinatorEpoch());
        out.putLong(producer.lastTimestampMs()).putLong(producer.currentTransactionFirstOffset());
        putList(out, producer.lastBatches(), batch -> {
            out.putInt(batch.baseSequence()).putInt(batch.lastSequence());
            out.putLong(batch.baseOffset()).putLong(batch.lastOffset()).putLong(batch.timestampMs());
        });
    }

    private static ProducerEntry producer(ByteBuffer in) {
        return new ProducerEntry(
                in.getLong(),
                in.getShort(),
                in.getInt(),
                in.getLong(),
                in.getLong(),
                list(
                        in,
                        PRODUCER_BATCH_BYTES,
                        from -> new ProducerBatch(
                                from.getInt(), from.getInt(), from.getLong(), from.getLong(), from.getLong())));
    }
}
