package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// Decides for one replica of one partition: protocol C ("quorum log") of the replication design. Deterministic: no
/// clock, no I/O, no Pekko; the same inputs give the same effects.
///
/// ```
/// Created --Open--> Follower --Campaign--> Candidate --promises--> Starting --marker committed--> Active
///                      ^-----------------------------Resign-----------------------------------------'
/// any --StorageFailed--> Offline          any --Close--> Closed
/// ```
///
/// State changes in two steps. What is persisted changes only in [#apply]: `step` applies each event as it decides
/// it (so the next decision sees it), and recovery applies what it reads back. What the outside may see changes
/// only when the events are durable, in the step of [ReplicaInput.Persisted].
///
/// Not thread-safe: one caller at a time.
public final class ReplicaCore {

    private enum Role {
        CREATED,
        FOLLOWER,
        CANDIDATE,
        STARTING,
        ACTIVE,
        CLOSED,
        OFFLINE
    }

    private final PartitionId partition;
    private final ReplicaId self;
    private final ReplicaHistory history;
    private final PendingRequests pending = new PendingRequests();
    private ReplicaSettings settings;

    private Role role = Role.CREATED;
    private @Nullable List<ReplicaEvent> outstanding;

    /// Exclusive end of what this replica holds as durably as the topic asks.
    private long durableOffset;

    /// Exclusive; never falls.
    private long highWatermark;

    private final Set<ReplicaId> promises = new LinkedHashSet<>();
    private @Nullable ReplicaProgress progress;
    private long leaseNumber;
    private final List<String> alarms = new ArrayList<>();

    /// @param partition which this replica holds
    /// @param self identity of its directory
    public ReplicaCore(PartitionId partition, ReplicaId self, ReplicaSettings settings) {
        this.partition = partition;
        this.self = self;
        this.settings = settings;
        this.history = new ReplicaHistory(partition, self);
    }

    // ---- persisted state -------------------------------------------------------------------------------------

    /// Takes an event over: the only place where persisted state changes. Recovery calls it for each event after
    /// the checkpoint; live, `step` has done so already for the events of a Persist.
    public void apply(ReplicaEvent event) {
        history.apply(event, settings);
    }

    /// The persisted state as of the newest decision. To be stored only when no Persist is outstanding.
    public Checkpoint checkpoint() {
        Invariant.check(outstanding == null, "checkpoint while a persist is outstanding");
        return history.checkpoint(highWatermark);
    }

    /// Starts recovery from a checkpoint, on a core that is still blank.
    public void restore(Checkpoint checkpoint) {
        history.restore(checkpoint);
    }

    /// False until the first [ReplicaInput.Open] or a recovered history.
    public boolean exists() {
        return history.exists();
    }

    public long logEndOffset() {
        return history.logEndOffset();
    }

    public long highWatermark() {
        return highWatermark;
    }

    public boolean isActive() {
        return role == Role.ACTIVE;
    }

    /// Newest lease; 0 before the first campaign.
    public long leaseNumber() {
        return leaseNumber;
    }

    // ---- decisions -------------------------------------------------------------------------------------------

    /// @param nowMs broker clock, milliseconds; only for expiry
    /// @return what to do, in order
    public List<ReplicaEffect> step(ReplicaInput input, long nowMs) {
        Invariant.check(
                outstanding == null
                        || input instanceof ReplicaInput.Persisted
                        || input instanceof ReplicaInput.StorageFailed,
                "%s while a persist is outstanding",
                input);
        List<ReplicaEffect> effects = new ArrayList<>();
        switch (input) {
            case ReplicaInput.Open open -> open(open, effects);
            case ReplicaInput.Persisted _ -> persisted(effects);
            case ReplicaInput.StorageFailed failed -> storageFailed(failed, effects);
            case ReplicaInput.Campaign _ -> campaign(effects);
            case ReplicaInput.Resign resign -> resign(resign, effects);
            case ReplicaInput.Requests requests -> decide(requests.requests(), effects);
            case ReplicaInput.Close _ -> close(effects);
            case ReplicaInput.Expire _ -> history.producers().expire(nowMs, settings.producerIdExpirationMs());
            case ReplicaInput.SettingsChanged changed -> settings = changed.settings();
        }
        return effects;
    }

    private void persist(List<ReplicaEvent> events, List<ReplicaEffect> effects) {
        outstanding = events;
        effects.add(new ReplicaEffect.Persist(events));
    }

    private void open(ReplicaInput.Open open, List<ReplicaEffect> effects) {
        Invariant.check(role == Role.CREATED, "opened as %s", role);
        List<ReplicaEvent> events = new ArrayList<>();
        boolean isNew = !history.exists();
        if (isNew) {
            decided(new ReplicaCreated(open.topic(), partition, self, open.initialConfig()), events);
        }
        @Nullable String doubt = isNew ? null : reasonForDoubt(open);
        decided(new Opened(history.incarnation() + 1, open.bootId()), events);
        if (doubt != null) {
            decided(new Suspected(open.bootId(), doubt), events);
        }
        if (history.suspect() && history.config().voters().equals(List.of(self))) {
            // A sole voter: nobody can hold more than this replica does, so waiting would help nobody.
            decided(new Recovered(history.promisedEpoch(), history.logEndOffset()), events);
            alarms.add("possible data loss in " + history.topic() + "-" + partition.partition() + " (" + partition
                    + "): " + (doubt == null ? "the replica was suspect" : doubt)
                    + "; it is the only replica and goes on"
                    + " with the records below offset " + history.logEndOffset());
        }
        if (history.highWatermarkHint() > history.logEndOffset()) {
            alarms.add("records of " + history.topic() + "-" + partition.partition() + " from offset "
                    + history.logEndOffset() + " to " + history.highWatermarkHint() + " (exclusive) were visible to"
                    + " consumers and are missing");
        }
        highWatermark =
                Math.max(history.logStartOffset(), Math.min(history.highWatermarkHint(), history.logEndOffset()));
        durableOffset = history.logEndOffset();
        persist(events, effects);
    }

    /// Page-cache acknowledgements survive the end of the process but not of the machine (design 1.11, SUSPECT).
    private @Nullable String reasonForDoubt(ReplicaInput.Open open) {
        long closedAt = history.cleanCloseLogEndOffset();
        if (closedAt >= 0) {
            return closedAt == history.logEndOffset()
                    ? null
                    : "closed cleanly at offset " + closedAt + ", but the log ends at " + history.logEndOffset();
        }
        if (open.syncedBeforeAcknowledged() || open.bootId().equals(history.bootId()) || history.incarnation() == 0) {
            return null;
        }
        return "the machine went down without a clean close, and records were acknowledged before they were synced";
    }

    private void decided(ReplicaEvent event, List<ReplicaEvent> events) {
        apply(event);
        events.add(event);
    }

    private void persisted(List<ReplicaEffect> effects) {
        ReplicaEvent last =
                Invariant.present(outstanding, "outstanding persist").getLast();
        outstanding = null;
        durableOffset = history.logEndOffset();
        switch (role) {
            case CREATED -> opened(effects);
            case CANDIDATE -> promised(self, effects);
            case STARTING, ACTIVE -> {
                Invariant.present(progress, "progress of a leader").matched(self, durableOffset);
                advance(effects);
            }
            case CLOSED -> effects.add(new ReplicaEffect.Closed());
            case FOLLOWER, OFFLINE -> Invariant.check(false, "%s persisted as %s", last, role);
        }
    }

    private void opened(List<ReplicaEffect> effects) {
        role = Role.FOLLOWER;
        for (String alarm : alarms) {
            effects.add(new ReplicaEffect.Alarm(alarm));
        }
        alarms.clear();
        effects.add(new ReplicaEffect.Opened(history.incarnation()));
    }

    private void campaign(List<ReplicaEffect> effects) {
        switch (role) {
            case FOLLOWER -> {
                if (history.suspect() || !history.config().voters().contains(self)) {
                    effects.add(new ReplicaEffect.CampaignRefused(
                            history.suspect() ? "the replica may have lost records" : "the replica does not vote"));
                    return;
                }
                leaseNumber++;
                role = Role.CANDIDATE;
                promises.clear();
                List<ReplicaEvent> events = new ArrayList<>();
                decided(new EpochPromised(Math.max(history.promisedEpoch(), history.lastEpoch()) + 1, self), events);
                persist(events, effects);
            }
            case CANDIDATE, STARTING -> leaseNumber++;
            case ACTIVE -> {
                leaseNumber++;
                effects.add(new ReplicaEffect.BecameActive(history.lastEpoch(), leaseNumber, view()));
            }
            case CREATED, CLOSED, OFFLINE -> effects.add(new ReplicaEffect.CampaignRefused("the replica is not open"));
        }
    }

    private void promised(ReplicaId voter, List<ReplicaEffect> effects) {
        promises.add(voter);
        if (promises.size() < history.config().majority()) {
            return;
        }
        role = Role.STARTING;
        progress = new ReplicaProgress(history.logEndOffset(), history.config());
        List<ReplicaEvent> events = new ArrayList<>();
        decided(new EpochStarted(history.promisedEpoch(), history.logEndOffset(), self, history.config()), events);
        persist(events, effects);
    }

    /// The commit rule: moves the high watermark as far as enough voters hold the log, and completes what waited.
    private void advance(List<ReplicaEffect> effects) {
        long committed =
                Invariant.present(progress, "progress of a leader").committedOffset(settings.minInSyncReplicas());
        if (committed > highWatermark) {
            Invariant.check(
                    committed <= history.logEndOffset(),
                    "high watermark %d beyond log end %d",
                    committed,
                    history.logEndOffset());
            highWatermark = committed;
        }
        if (role == Role.STARTING && committed >= 0) {
            role = Role.ACTIVE;
            effects.add(new ReplicaEffect.BecameActive(history.lastEpoch(), leaseNumber, view()));
        } else if (role == Role.ACTIVE) {
            effects.add(new ReplicaEffect.PublishView(view()));
        }
        pending.complete(durableOffset, highWatermark, history.logStartOffset(), effects);
    }

    private ReadView view() {
        Invariant.check(!history.suspect(), "a suspect replica serves no reads");
        long lastStableOffset = Math.min(highWatermark, history.producers().firstOpenTransactionOffset());
        return new ReadView(
                history.lastEpoch(), history.logStartOffset(), highWatermark, lastStableOffset, history.logEndOffset());
    }

    private void decide(List<? extends ReplicaRequest> requests, List<ReplicaEffect> effects) {
        List<ReplicaEvent> events = new ArrayList<>();
        for (ReplicaRequest request : requests) {
            switch (request) {
                case AppendRequest append -> decideAppend(append, events, effects);
                case DeleteRecordsRequest deletion -> decideDeletion(deletion, events, effects);
            }
        }
        if (!events.isEmpty()) {
            persist(events, effects);
        }
    }

    private void decideAppend(AppendRequest request, List<ReplicaEvent> events, List<ReplicaEffect> effects) {
        if (role != Role.ACTIVE) {
            refuse(request, Errors.NOT_LEADER_OR_FOLLOWER, null, effects);
            return;
        }
        int batchCount = 0;
        boolean hasProducerId = false;
        for (MutableRecordBatch batch : request.records().batches()) {
            batchCount++;
            hasProducerId |= batch.hasProducerId();
            @Nullable String problem = problemOf(batch, request.fromClient());
            if (problem != null) {
                refuse(request, Errors.INVALID_RECORD, problem, effects);
                return;
            }
        }
        if (batchCount == 0 || (hasProducerId && batchCount > 1)) {
            refuse(request, Errors.INVALID_RECORD, batchCount + " batches in one append", effects);
            return;
        }
        if (hasProducerId && !passesProducerCheck(request, effects)) {
            return;
        }
        append(request, batchCount, events);
    }

    private static @Nullable String problemOf(RecordBatch batch, boolean fromClient) {
        if (batch.magic() < RecordBatch.MAGIC_VALUE_V2) {
            return "record batches of format v2 only";
        }
        if (batch.lastOffset() < batch.baseOffset()) {
            return "the last offset of the batch lies before its first";
        }
        if (!fromClient) {
            return null;
        }
        if (batch.isControlBatch()) {
            return "clients may not write control batches";
        }
        if (batch.hasProducerId() && (batch.baseSequence() < 0 || batch.producerEpoch() < 0)) {
            return "a producer id without producer epoch and sequence number";
        }
        return null;
    }

    /// True when the batch is to be written; else the request was answered or waits for the original batch.
    private boolean passesProducerCheck(AppendRequest request, List<ReplicaEffect> effects) {
        MutableRecordBatch batch = request.records().batches().iterator().next();
        if (batch.isTransactional()) {
            // No transaction was ever announced here: none can be, as long as no transaction coordinator exists.
            refuse(request, Errors.INVALID_TXN_STATE, "the producer has no open transaction", effects);
            return false;
        }
        return switch (history.producers().check(BatchHeader.of(batch), request.fromClient())) {
            case ProducerStates.Verdict.Accepted _ -> true;
            case ProducerStates.Verdict.Refused refused -> {
                refuse(request, refused.error(), refused.message(), effects);
                yield false;
            }
            case ProducerStates.Verdict.Duplicate(ReplicaEvent.ProducerBatch original) -> {
                pending.addDuplicate(
                        request,
                        original.baseOffset(),
                        original.lastOffset(),
                        logAppendTimeMs(batch, original.timestampMs()));
                pending.completeDuplicates(durableOffset, highWatermark, history.logStartOffset(), effects);
                yield false;
            }
        };
    }

    private void append(AppendRequest request, int batchCount, List<ReplicaEvent> events) {
        long baseOffset = history.logEndOffset();
        long logAppendTimeMs = RecordBatch.NO_TIMESTAMP;
        int position = 0;
        for (MutableRecordBatch batch : request.records().batches()) {
            long expectedBaseOffset = history.logEndOffset();
            batch.setLastOffset(expectedBaseOffset + (batch.lastOffset() - batch.baseOffset()));
            batch.setPartitionLeaderEpoch(history.lastEpoch());
            BatchHeader header = BatchHeader.of(batch);
            Invariant.check(
                    header.baseOffset() == expectedBaseOffset,
                    "batch written at %d, log end %d",
                    header.baseOffset(),
                    expectedBaseOffset);
            MemoryRecords bytes =
                    batchCount == 1 ? request.records() : request.records().slice(position, header.sizeInBytes());
            decided(new BatchAppended(header, bytes), events);
            logAppendTimeMs = logAppendTimeMs(batch, batch.maxTimestamp());
            position += header.sizeInBytes();
        }
        pending.addAppend(request, baseOffset, history.logEndOffset() - 1, logAppendTimeMs);
    }

    private static long logAppendTimeMs(RecordBatch batch, long timestampMs) {
        return batch.timestampType() == TimestampType.LOG_APPEND_TIME ? timestampMs : RecordBatch.NO_TIMESTAMP;
    }

    private static void refuse(
            AppendRequest request, Errors error, @Nullable String message, List<ReplicaEffect> effects) {
        effects.add(new ReplicaEffect.AppendCompleted(request, AppendOutcome.failed(error, message)));
    }

    private void decideDeletion(DeleteRecordsRequest request, List<ReplicaEvent> events, List<ReplicaEffect> effects) {
        if (role != Role.ACTIVE) {
            effects.add(new ReplicaEffect.DeleteCompleted(request, Errors.NOT_LEADER_OR_FOLLOWER, -1));
            return;
        }
        long beforeOffset = request.beforeOffset() == -1 ? highWatermark : request.beforeOffset();
        if (beforeOffset < 0 || beforeOffset > highWatermark) {
            effects.add(new ReplicaEffect.DeleteCompleted(request, Errors.OFFSET_OUT_OF_RANGE, -1));
        } else if (beforeOffset <= history.logStartOffset()) {
            effects.add(new ReplicaEffect.DeleteCompleted(request, Errors.NONE, history.logStartOffset()));
        } else {
            decided(new LogStartAdvanced(beforeOffset), events);
            pending.addDeletion(request);
        }
    }

    private void resign(ReplicaInput.Resign resign, List<ReplicaEffect> effects) {
        if (resign.leaseNumber() == leaseNumber) {
            stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "leadership moved", effects);
        }
    }

    private void stepDown(Errors error, String message, List<ReplicaEffect> effects) {
        boolean wasActive = role == Role.ACTIVE;
        if (role == Role.CANDIDATE || role == Role.STARTING || role == Role.ACTIVE) {
            role = Role.FOLLOWER;
        }
        progress = null;
        promises.clear();
        pending.failAll(error, message, effects);
        if (wasActive) {
            effects.add(new ReplicaEffect.Resigned(history.lastEpoch()));
        }
    }

    private void close(List<ReplicaEffect> effects) {
        if (role == Role.CLOSED || role == Role.OFFLINE) {
            return;
        }
        boolean wasOpen = role != Role.CREATED;
        stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "the node stops", effects);
        role = Role.CLOSED;
        if (wasOpen) {
            List<ReplicaEvent> events = new ArrayList<>();
            decided(new CleanClose(history.logEndOffset(), history.bootId()), events);
            persist(events, effects);
        } else {
            effects.add(new ReplicaEffect.Closed());
        }
    }

    private void storageFailed(ReplicaInput.StorageFailed failed, List<ReplicaEffect> effects) {
        stepDown(Errors.KAFKA_STORAGE_ERROR, failed.reason(), effects);
        role = Role.OFFLINE;
        outstanding = null;
    }
}
