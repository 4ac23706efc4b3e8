package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/// Random envelopes of every kind.
final class Envelopes {
    static final int KINDS = 16;

    private final Random random;

    Envelopes(long seed) {
        this.random = new Random(seed);
    }

    ReplicaEnvelope any() {
        return ofKind(1 + random.nextInt(KINDS));
    }

    /// @param kind as on the wire, from 1
    ReplicaEnvelope ofKind(int kind) {
        return new ReplicaEnvelope(
                new PartitionId(uuid(), random.nextInt(100)), replica(), random.nextLong(), replica(), message(kind));
    }

    private ReplicaMessage message(int kind) {
        int epoch = random.nextInt();
        return switch (kind) {
            case 1 -> new PreVote(epoch, key(), flag());
            case 2 -> new PreVoteReply(epoch, flag(), random.nextInt(), key(), flag());
            case 3 -> new PromiseRequest(epoch, maybe(this::voters));
            case 4 -> new PromiseReply(epoch, flag(), random.nextInt(), key(), random.nextLong(), voters(), flag());
            case 5 -> new AdoptRequest(epoch, key(), key(), random.nextInt());
            case 6 ->
                new AdoptReply(epoch, key(), key(), list(this::marker), list(this::batch), maybe(this::diverging));
            case 7 -> new Announce(epoch, random.nextLong(), random.nextLong(), flag());
            case 8 ->
                new Fetch(
                        epoch,
                        key(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        flag(),
                        random.nextInt(),
                        random.nextInt());
            case 9 -> fetchReply(list(this::batch));
            case 10 -> new Barrier(epoch, random.nextLong());
            case 11 -> new BarrierReply(epoch, random.nextLong());
            case 12 -> new TimeoutNow(epoch);
            case 13 -> new Resigned(epoch);
            case 14 -> new KnownLife(epoch, random.nextLong());
            case 15 -> new RepairRequest(epoch, random.nextLong(), random.nextLong());
            case 16 -> new RepairReply(epoch, random.nextLong(), flag());
            default -> throw new IllegalArgumentException("kind " + kind);
        };
    }

    ReplicaEnvelope withBatches(List<BatchAppended> batches) {
        return ofKind(ReplicaMessageFormat.FETCH).with(fetchReply(batches));
    }

    private FetchReply fetchReply(List<BatchAppended> batches) {
        return new FetchReply(
                random.nextInt(),
                key(),
                list(this::marker),
                batches,
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                maybe(this::diverging),
                maybe(this::reset),
                random.nextLong());
    }

    /// As it stands in a log.
    BatchAppended batch() {
        MemoryRecords records = random.nextBoolean()
                ? Batches.plain(1 + random.nextInt(5))
                : Batches.idempotent(random.nextInt(100), (short) 1, random.nextInt(100), 1 + random.nextInt(5));
        MutableRecordBatch batch = records.batches().iterator().next();
        batch.setLastOffset(random.nextInt(1_000_000) + batch.lastOffset());
        batch.setPartitionLeaderEpoch(random.nextInt(1000));
        return new BatchAppended(BatchHeader.of(batch), records);
    }

    private LogReset reset() {
        return new LogReset(
                random.nextLong(),
                list(() -> new EpochStart(random.nextInt(), random.nextLong())),
                list(() -> new ConfigStart(random.nextInt(), voters())),
                list(() -> new ProducerEntry(
                        random.nextLong(),
                        (short) random.nextInt(),
                        random.nextInt(),
                        random.nextLong(),
                        random.nextLong(),
                        list(() -> new ProducerBatch(
                                random.nextInt(),
                                random.nextInt(),
                                random.nextLong(),
                                random.nextLong(),
                                random.nextLong())))),
                random.nextLong());
    }

    private EpochStarted marker() {
        return new EpochStarted(random.nextInt(), random.nextLong(), replica(), voters());
    }

    private DivergingEpoch diverging() {
        return new DivergingEpoch(random.nextInt(), random.nextLong());
    }

    private VoterSet voters() {
        return new VoterSet(list(this::replica), list(this::replica));
    }

    private ReplicaId replica() {
        return new ReplicaId(random.nextInt(), uuid());
    }

    private Uuid uuid() {
        return new Uuid(random.nextLong(), random.nextLong());
    }

    private LogKey key() {
        return new LogKey(random.nextInt(), random.nextLong());
    }

    private boolean flag() {
        return random.nextBoolean();
    }

    private <T> List<T> list(Supplier<T> element) {
        List<T> list = new ArrayList<>();
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            list.add(element.get());
        }
        return list;
    }

    private <T> @Nullable T maybe(Supplier<T> value) {
        return flag() ? value.get() : null;
    }
}
