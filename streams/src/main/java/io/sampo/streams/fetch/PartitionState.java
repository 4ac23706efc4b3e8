package io.sampo.streams.fetch;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/// Where the reading of one partition stands, and what an answer does to that.
/// ```
/// Locating: offsets are looked up -> Fetching <-> Validating: the leader epoch has changed (KIP-320)
///                                       |  a position that is gone -> Locating, by auto.offset.reset
///                                       -> Ended, or Failed
/// ```
/// Deterministic; one thread.
final class PartitionState {
    static final int NO_EPOCH = -1;

    sealed interface Phase {
        /// @param rest never empty: the first one is to be asked, or was
        record Locating(List<Lookup> rest) implements Phase {}

        record Fetching() implements Phase {}

        record Validating() implements Phase {}

        record Ended() implements Phase {}

        record Failed() implements Phase {}
    }

    /// What a rule says beyond the new state.
    sealed interface Outcome {
        record GoOn() implements Outcome {}

        /// What was fetched and not handed out is not to be trusted.
        record DropWaiting() implements Outcome {}

        record Fail(FetchFailure failure) implements Outcome {}
    }

    private static final Outcome GO_ON = new Outcome.GoOn();

    private final TopicPartition id;
    private final LeaderChoice leader;
    private final WaitingChunks waiting = new WaitingChunks();
    private Phase phase;
    private long fetchOffset = -1;
    /// Of the record before `fetchOffset`, or of the one at it.
    private int offsetEpoch = NO_EPOCH;
    /// `fetchOffset` is known to be in the log of the leader of this epoch.
    private int validatedEpoch = NO_EPOCH;
    private long endOffset = EndRule.NEVER;
    private Uuid topicId = Uuid.ZERO_UUID;

    private boolean asking;
    private int attempts;
    private long retryAtMs = Long.MIN_VALUE;

    private long highWatermark = -1;
    private long lastStableOffset = -1;
    private long logStartOffset = -1;
    private long lastTimestampMs = -1;
    /// Whether the log at `fetchOffset` is the leader's own; empty until that was asked.
    private OptionalLong localFrom = OptionalLong.empty();
    private long rangeFirst = -1;
    /// Where the offsets without records begin that a bounded reading ends with; -1 when it ends otherwise.
    private long emptyFrom = -1;

    PartitionState(TopicPartition id, StartPosition where) {
        this.id = id;
        this.leader = new LeaderChoice(id);
        List<Lookup> lookups = new ArrayList<>();
        switch (where.start()) {
            case StartPosition.AtOffset at -> {
                fetchOffset = at.offset();
                offsetEpoch = at.leaderEpoch().orElse(NO_EPOCH);
            }
            case StartPosition.Earliest _ -> lookups.add(new Lookup(Lookup.Purpose.START, Lookup.EARLIEST));
            case StartPosition.Latest _ -> lookups.add(new Lookup(Lookup.Purpose.START, Lookup.LATEST));
            case StartPosition.AtTimestamp at -> lookups.add(new Lookup(Lookup.Purpose.START, at.timestampMs()));
        }
        switch (where.end()) {
            case StartPosition.Never _ -> {}
            case StartPosition.BeforeOffset before -> endOffset = before.offset();
            case StartPosition.AsOfNow _ -> lookups.add(new Lookup(Lookup.Purpose.END, Lookup.LATEST));
            case StartPosition.BeforeTimestamp before ->
                lookups.add(new Lookup(Lookup.Purpose.END, before.timestampMs()));
        }
        phase = lookups.isEmpty() ? new Phase.Fetching() : new Phase.Locating(List.copyOf(lookups));
    }

    TopicPartition id() {
        return id;
    }

    Phase phase() {
        return phase;
    }

    LeaderChoice leader() {
        return leader;
    }

    WaitingChunks waiting() {
        return waiting;
    }

    boolean isActive() {
        return !(phase instanceof Phase.Ended || phase instanceof Phase.Failed);
    }

    long fetchOffset() {
        return fetchOffset;
    }

    int offsetEpoch() {
        return offsetEpoch;
    }

    long endOffset() {
        return endOffset;
    }

    Uuid topicId() {
        return topicId;
    }

    PartitionProgress progress() {
        return new PartitionProgress(
                position(),
                fetchOffset,
                endOffset,
                highWatermark,
                lastStableOffset,
                logStartOffset,
                lastTimestampMs,
                phase instanceof Phase.Ended && waiting.isEmpty());
    }

    /// Offset after the last chunk that was handed out.
    long position() {
        return waiting.isEmpty() ? fetchOffset : waiting.nextOffset();
    }

    // --- who is to be asked, and when

    boolean isDue(long nowMs) {
        return !asking && retryAtMs <= nowMs;
    }

    long retryAtMs() {
        return retryAtMs;
    }

    void asked() {
        asking = true;
    }

    void answered() {
        asking = false;
    }

    /// @param backoffMs for the number of tries since the last success, from 0 on
    void retryLater(long nowMs, java.util.function.IntToLongFunction backoffMs) {
        retryAtMs = nowMs + backoffMs.applyAsLong(attempts);
        attempts++;
    }

    void retryNow() {
        retryAtMs = Long.MIN_VALUE;
    }

    /// @return whether the topic is another one of the same name since the last call; then offsets mean nothing any
    /// more
    boolean isRecreated(Uuid newTopicId) {
        boolean recreated =
                !topicId.equals(Uuid.ZERO_UUID) && !newTopicId.equals(Uuid.ZERO_UUID) && !topicId.equals(newTopicId);
        topicId = newTopicId.equals(Uuid.ZERO_UUID) ? topicId : newTopicId;
        return recreated;
    }

    // --- lookups

    /// What is to be looked up next.
    Lookup lookup() {
        return ((Phase.Locating) phase).rest().getFirst();
    }

    /// @param offset negative: no record has such a timestamp
    /// @param recordEpoch of the record there, -1 when unknown
    /// @param askedEpoch the leader's, with which it was asked
    Outcome looked(Lookup lookup, long offset, int recordEpoch, int askedEpoch) {
        List<Lookup> rest = ((Phase.Locating) phase).rest();
        if (offset < 0 && lookup.timestamp() >= 0) {
            List<Lookup> again = new ArrayList<>(rest);
            again.set(0, lookup.atTheEnd());
            phase = new Phase.Locating(List.copyOf(again));
            return GO_ON;
        }
        attempts = 0;
        switch (lookup.purpose()) {
            case START -> {
                fetchOffset = offset;
                offsetEpoch = recordEpoch;
                validatedEpoch = askedEpoch;
                localFrom = OptionalLong.empty();
            }
            case END -> endOffset = offset;
            case RANGE_FIRST -> rangeFirst = offset;
            case RANGE_END -> {
                return fail(new FetchFailure.OffsetOutOfRange(id, fetchOffset, rangeFirst, offset));
            }
            case LOCAL_START -> localFrom = OptionalLong.of(Math.max(0, offset));
        }
        List<Lookup> left = rest.subList(1, rest.size());
        phase = left.isEmpty() ? new Phase.Fetching() : new Phase.Locating(List.copyOf(left));
        return GO_ON;
    }

    /// The position is not in the leader's log.
    Outcome outOfRange(ResetPolicy policy, long nowMs) {
        OptionalLong timestamp = policy.timestamp(nowMs);
        phase = timestamp.isPresent()
                ? new Phase.Locating(List.of(new Lookup(Lookup.Purpose.START, timestamp.getAsLong())))
                : new Phase.Locating(List.of(
                        new Lookup(Lookup.Purpose.RANGE_FIRST, Lookup.EARLIEST),
                        new Lookup(Lookup.Purpose.RANGE_END, Lookup.LATEST)));
        return GO_ON;
    }

    // --- leader epochs

    /// Whether the position has to be compared with the leader's log before anything is fetched from it.
    boolean mustValidate(int leaderEpoch) {
        if (leaderEpoch <= validatedEpoch) {
            return false;
        }
        if (offsetEpoch == NO_EPOCH) {
            validatedEpoch = leaderEpoch;
            return false;
        }
        return true;
    }

    void validating() {
        phase = new Phase.Validating();
    }

    /// The comparison could not be made; it is tried again.
    void notValidated() {
        phase = new Phase.Fetching();
    }

    /// The broker cannot compare.
    void validated(int leaderEpoch) {
        validatedEpoch = Math.max(validatedEpoch, leaderEpoch);
        phase = new Phase.Fetching();
    }

    /// @param epoch the largest one in the leader's log that is not above the position's; negative when there is none
    /// @param epochEnd offset after its last record; negative when there is none
    /// @param askedEpoch the leader's, with which it was asked
    Outcome validated(int epoch, long epochEnd, int askedEpoch, ResetPolicy policy, long nowMs) {
        attempts = 0;
        validated(askedEpoch);
        if (epoch < 0 || epochEnd < 0) {
            return lost(policy, nowMs, -1);
        }
        if (epochEnd >= fetchOffset) {
            return GO_ON;
        }
        long seen = position();
        if (epochEnd < seen && policy.kind() == ResetPolicy.Kind.NONE) {
            return fail(new FetchFailure.LogTruncated(id, seen, epochEnd));
        }
        fetchOffset = Math.min(seen, epochEnd);
        offsetEpoch = epoch;
        localFrom = OptionalLong.empty();
        return new Outcome.DropWaiting();
    }

    /// Nothing is left of what the position stood for.
    Outcome lost(ResetPolicy policy, long nowMs, int newValidatedEpoch) {
        validatedEpoch = newValidatedEpoch;
        offsetEpoch = NO_EPOCH;
        leader.forget();
        if (policy.kind() == ResetPolicy.Kind.NONE) {
            return fail(new FetchFailure.LogTruncated(id, fetchOffset, -1));
        }
        outOfRange(policy, nowMs);
        return new Outcome.DropWaiting();
    }

    // --- what was fetched

    /// Whether an answer is about the present state.
    boolean isAbout(Ask.Asked asked) {
        return asked.state() == this
                && phase instanceof Phase.Fetching
                && asked.offset() == fetchOffset
                && asked.leaderEpoch() >= validatedEpoch;
    }

    void sawOffsets(long newHighWatermark, long newLastStableOffset, long newLogStartOffset) {
        attempts = 0;
        highWatermark = newHighWatermark;
        lastStableOffset = newLastStableOffset;
        logStartOffset = newLogStartOffset;
    }

    /// Moves on to after what was fetched, at most to the end.
    void fetched(BatchScan scan) {
        fetchOffset = Math.min(scan.nextOffset(), endOffset);
        lastTimestampMs = scan.maxTimestampMs();
        localFrom = OptionalLong.empty();
        if (scan.leaderEpoch() >= 0) {
            offsetEpoch = scan.leaderEpoch();
        }
    }

    /// An answer of the leader had no records at all. Finds out whether that proves that none are left up to the end.
    ///
    /// @param readable exclusive end of what may be read
    void nothingThere(long readable) {
        if (!EndRule.emptyUpTo(fetchOffset, endOffset, readable)) {
            return;
        }
        if (localFrom.isEmpty()) {
            phase = new Phase.Locating(List.of(new Lookup(Lookup.Purpose.LOCAL_START, Lookup.EARLIEST_LOCAL)));
        } else if (fetchOffset >= localFrom.getAsLong()) {
            emptyFrom = fetchOffset;
            fetchOffset = endOffset;
        }
    }

    /// Stops at the end of a bounded reading.
    ///
    /// @return whether it stops now
    boolean endsNow() {
        if (phase instanceof Phase.Fetching && EndRule.reached(fetchOffset, endOffset)) {
            phase = new Phase.Ended();
            return true;
        }
        return false;
    }

    /// Where the reading stood before it came to its end without a record.
    long endedFrom() {
        return emptyFrom >= 0 ? emptyFrom : fetchOffset;
    }

    Outcome fail(FetchFailure failure) {
        phase = new Phase.Failed();
        return new Outcome.Fail(failure);
    }

    @Override
    public String toString() {
        return id + " at " + fetchOffset + " " + phase + (asking ? " asking" : "");
    }
}
