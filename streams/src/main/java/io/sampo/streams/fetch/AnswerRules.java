package io.sampo.streams.fetch;

import io.sampo.streams.UnsupportedFeature;
import io.sampo.streams.connection.ClusterView;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchResponse;

/// What an answer, or that there is none, does to the partitions that it was asked for.
///
/// Deterministic; one thread.
final class AnswerRules {
    private final FetchSettings settings;
    private final Partitions partitions;
    private final PrefetchBudget budget;
    private final Refreshes refreshes;
    private final Brokers brokers;
    private final Backoff backoff;

    AnswerRules(
            FetchSettings settings,
            Partitions partitions,
            PrefetchBudget budget,
            Refreshes refreshes,
            Brokers brokers,
            Backoff backoff) {
        this.settings = settings;
        this.partitions = partitions;
        this.budget = budget;
        this.refreshes = refreshes;
        this.brokers = brokers;
        this.backoff = backoff;
    }

    void fetched(Ask.Fetch ask, FetchResponseData body, Runnable release, long nowMs) {
        List<FetchResponseData.PartitionData> all = body.responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .toList();
        int bytes = all.stream().mapToInt(FetchResponse::recordsSize).sum();
        brokers.settled(ask.nodeId());
        budget.settle(ask.maxBytes(), bytes);
        AnswerMemory memory = new AnswerMemory(bytes, release);
        Errors error = Errors.forCode(body.errorCode());
        if (brokers.session(ask.nodeId()).answered(error, body.sessionId())) {
            for (FetchResponseData.FetchableTopicResponse topic : body.responses()) {
                String name = topic.topic().isEmpty() ? ask.names().get(topic.topicId()) : topic.topic();
                topic.partitions().forEach(data -> {
                    Ask.Asked asked = ask.asked().get(new TopicPartition(String.valueOf(name), data.partitionIndex()));
                    if (asked != null
                            && partitions.isCurrent(asked.state())
                            && asked.state().isAbout(asked)) {
                        fetched(ask, asked.state(), data, memory, nowMs);
                    }
                });
            }
            if (bytes == 0 && body.throttleTimeMs() == 0) {
                nothingThere(ask.asked().values());
            }
        } else {
            sessionLost(ask, error, nowMs);
        }
        budget.release(memory.letGo());
    }

    private void fetched(
            Ask.Fetch ask,
            PartitionState state,
            FetchResponseData.PartitionData data,
            AnswerMemory memory,
            long nowMs) {
        Errors error = Errors.forCode(data.errorCode());
        switch (error) {
            case NONE -> {
                state.sawOffsets(data.highWatermark(), data.lastStableOffset(), data.logStartOffset());
                if (data.preferredReadReplica() >= 0) {
                    state.preferReplica(data.preferredReadReplica(), nowMs + settings.metadataMaxAgeMs());
                }
                read(state, data, memory, nowMs);
            }
            case OFFSET_OUT_OF_RANGE -> {
                if (ask.fromLeader().contains(state.id())) {
                    partitions.apply(state, state.outOfRange(settings.autoOffsetReset(), nowMs));
                } else {
                    // A follower may lag; only the leader knows.
                    state.preferLeader();
                }
            }
            case CORRUPT_MESSAGE ->
                fail(state, new FetchFailure.CorruptBatch(state.id(), state.fetchOffset(), error.exception()));
            default -> {
                state.hint(data.currentLeader().leaderId(), data.currentLeader().leaderEpoch());
                refused(state, error, nowMs);
            }
        }
    }

    private void read(PartitionState state, FetchResponseData.PartitionData data, AnswerMemory memory, long nowMs) {
        if (FetchResponse.recordsSize(data) == 0) {
            return;
        }
        long from = state.fetchOffset();
        MemoryRecords records = (MemoryRecords) FetchResponse.recordsOrFail(data);
        BatchScan scan = BatchScan.of(records, from, settings.checkCrcs());
        if (!scan.batches().isEmpty()) {
            List<FetchResponseData.AbortedTransaction> aborted = data.abortedTransactions();
            partitions.fetched(
                    state,
                    scan,
                    settings.isolationLevel() == IsolationLevel.READ_COMMITTED
                            ? () -> new AbortedTransactions(aborted)
                            : null,
                    memory);
        }
        if (scan.corruption() != null) {
            if (state.isActive()) {
                fail(state, new FetchFailure.CorruptBatch(state.id(), scan.nextOffset(), scan.corruption()));
            }
        } else if (scan.batches().isEmpty()) {
            // Only the beginning of a batch fitted; it comes whole when this partition is first in an answer.
            state.retryLater(nowMs, backoff::pauseMs);
        }
    }

    private void nothingThere(Collection<Ask.Asked> all) {
        boolean committed = settings.isolationLevel() == IsolationLevel.READ_COMMITTED;
        for (Ask.Asked asked : all) {
            PartitionState state = asked.state();
            if (partitions.isCurrent(state) && state.isAbout(asked)) {
                PartitionProgress progress = state.progress();
                state.nothingThere(committed ? progress.lastStableOffset() : progress.highWatermark());
                partitions.settleEnd(state);
            }
        }
    }

    /// A full request follows: at once when only an incremental one was refused.
    private void sessionLost(Ask.Fetch ask, Errors error, long nowMs) {
        boolean onlyIncremental = !ask.request().metadata().isFull()
                && (error == Errors.FETCH_SESSION_ID_NOT_FOUND || error == Errors.INVALID_FETCH_SESSION_EPOCH);
        if (!onlyIncremental) {
            current(ask.asked().values()).forEach(state -> refused(state, error, nowMs));
        }
    }

    void looked(Ask.ListOffsets ask, ListOffsetsResponseData body, long nowMs) {
        Set<PartitionState> left = new HashSet<>(current(ask.asked().values()));
        body.topics()
                .forEach(topic -> topic.partitions().forEach(answer -> {
                    Ask.Asked asked = ask.asked().get(new TopicPartition(topic.name(), answer.partitionIndex()));
                    if (asked == null || !left.remove(asked.state())) {
                        return;
                    }
                    PartitionState state = asked.state();
                    Lookup lookup = Objects.requireNonNull(ask.lookups().get(state.id()));
                    Errors error = Errors.forCode(answer.errorCode());
                    state.answered();
                    if (!isAbout(state, lookup)) {
                        return;
                    }
                    if (error == Errors.NONE) {
                        partitions.apply(
                                state,
                                state.looked(lookup, answer.offset(), answer.leaderEpoch(), asked.leaderEpoch()));
                    } else if (lookup.purpose() == Lookup.Purpose.LOCAL_START && !isRetriable(error.exception())) {
                        partitions.apply(state, state.looked(lookup, -1, PartitionState.NO_EPOCH, asked.leaderEpoch()));
                    } else {
                        refused(state, error, nowMs);
                    }
                }));
        left.forEach(state -> {
            state.answered();
            retryAfterRefresh(state, nowMs);
        });
    }

    /// A topic may have been created anew while a lookup was under way.
    private static boolean isAbout(PartitionState state, Lookup lookup) {
        return state.phase() instanceof PartitionState.Phase.Locating
                && state.lookup().equals(lookup);
    }

    void epochEnds(Ask.EpochEnds ask, OffsetForLeaderEpochResponseData body, long nowMs) {
        Set<PartitionState> left = new HashSet<>(current(ask.asked().values()));
        body.topics()
                .forEach(topic -> topic.partitions().forEach(answer -> {
                    Ask.Asked asked = ask.asked().get(new TopicPartition(topic.topic(), answer.partition()));
                    if (asked == null || !left.remove(asked.state())) {
                        return;
                    }
                    PartitionState state = asked.state();
                    state.answered();
                    if (!(state.phase() instanceof PartitionState.Phase.Validating)) {
                        return;
                    }
                    Errors error = Errors.forCode(answer.errorCode());
                    if (error == Errors.NONE) {
                        partitions.apply(
                                state,
                                state.validated(
                                        answer.leaderEpoch(),
                                        answer.endOffset(),
                                        asked.leaderEpoch(),
                                        settings.autoOffsetReset(),
                                        nowMs));
                    } else {
                        state.notValidated();
                        refused(state, error, nowMs);
                    }
                }));
        left.forEach(state -> {
            state.answered();
            state.notValidated();
            retryAfterRefresh(state, nowMs);
        });
    }

    void failed(Ask ask, Throwable failure, long nowMs) {
        switch (ask) {
            case Ask.Refresh refresh -> {
                refreshes.failed(refresh, nowMs);
                if (!isRetriable(failure)) {
                    partitions.all().stream()
                            .filter(PartitionState::isActive)
                            .toList()
                            .forEach(state -> fail(state, new FetchFailure.Refused(state.id(), failure)));
                }
            }
            case Ask.Fetch fetch -> {
                brokers.settled(fetch.nodeId());
                brokers.session(fetch.nodeId()).lost();
                budget.settle(fetch.maxBytes(), 0);
                for (Ask.Asked asked : fetch.asked().values()) {
                    if (partitions.isCurrent(asked.state()) && asked.state().isAbout(asked)) {
                        asked.state().preferLeader();
                        unanswered(asked.state(), failure, nowMs);
                    }
                }
            }
            case Ask.ListOffsets lookups ->
                current(lookups.asked().values()).forEach(state -> {
                    state.answered();
                    Lookup lookup = Objects.requireNonNull(lookups.lookups().get(state.id()));
                    if (!isAbout(state, lookup)) {
                        return;
                    }
                    if (lookup.purpose() == Lookup.Purpose.LOCAL_START && isUnsupported(failure)) {
                        // Without the question there is no remote storage either.
                        partitions.apply(
                                state, state.looked(lookup, -1, PartitionState.NO_EPOCH, PartitionState.NO_EPOCH));
                    } else {
                        unanswered(state, failure, nowMs);
                    }
                });
            case Ask.EpochEnds ends ->
                ends.asked().values().forEach(asked -> {
                    PartitionState state = asked.state();
                    if (!partitions.isCurrent(state)) {
                        return;
                    }
                    state.answered();
                    if (!(state.phase() instanceof PartitionState.Phase.Validating)) {
                        return;
                    }
                    if (isUnsupported(failure)) {
                        state.validated(asked.leaderEpoch());
                    } else {
                        state.notValidated();
                        unanswered(state, failure, nowMs);
                    }
                });
            case Ask.Farewell _ -> {}
        }
    }

    /// Topics that cannot be read, as newer metadata says.
    void refreshed(ClusterView view) {
        for (PartitionState state : List.copyOf(partitions.all())) {
            Errors error =
                    view.topic(state.id().topic()).map(ClusterView.Topic::error).orElse(Errors.NONE);
            if (state.isActive() && error != Errors.NONE && !isRetriable(error.exception())) {
                fail(state, failureOf(state.id(), error));
            }
        }
    }

    void retryAfterRefresh(PartitionState state, long nowMs) {
        refreshes.stale(state.id().topic());
        state.retryLater(nowMs, backoff::pauseMs);
    }

    private void refused(PartitionState state, Errors error, long nowMs) {
        if (isRetriable(error.exception()) || error == Errors.UNKNOWN_SERVER_ERROR) {
            state.preferLeader();
            retryAfterRefresh(state, nowMs);
        } else {
            fail(state, failureOf(state.id(), error));
        }
    }

    private void unanswered(PartitionState state, Throwable failure, long nowMs) {
        if (isRetriable(failure)) {
            retryAfterRefresh(state, nowMs);
        } else {
            fail(state, new FetchFailure.Refused(state.id(), failure));
        }
    }

    private void fail(PartitionState state, FetchFailure failure) {
        partitions.apply(state, state.fail(failure));
    }

    private static FetchFailure failureOf(TopicPartition partition, Errors error) {
        return error == Errors.TOPIC_AUTHORIZATION_FAILED
                ? new FetchFailure.NotAuthorized(partition)
                : new FetchFailure.Refused(partition, error.exception());
    }

    private static boolean isRetriable(@org.jspecify.annotations.Nullable Throwable failure) {
        return failure instanceof RetriableException;
    }

    private static boolean isUnsupported(Throwable failure) {
        return failure instanceof UnsupportedFeature || failure instanceof UnsupportedVersionException;
    }

    private List<PartitionState> current(Collection<Ask.Asked> asked) {
        return asked.stream()
                .map(Ask.Asked::state)
                .filter(partitions::isCurrent)
                .toList();
    }
}
