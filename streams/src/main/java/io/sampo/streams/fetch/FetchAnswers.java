package io.sampo.streams.fetch;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchResponse;

/// What the answer to a fetch does to the partitions that it was asked for.
///
/// Deterministic; one thread.
final class FetchAnswers {
    private final FetchSettings settings;
    private final Partitions partitions;
    private final PrefetchBudget budget;
    private final Brokers brokers;
    private final Refusals refusals;

    FetchAnswers(
            FetchSettings settings, Partitions partitions, PrefetchBudget budget, Brokers brokers, Refusals refusals) {
        this.settings = settings;
        this.partitions = partitions;
        this.budget = budget;
        this.brokers = brokers;
        this.refusals = refusals;
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
            // In a session, partitions of which there is nothing new are not named.
            Map<TopicPartition, Ask.Asked> empty = new LinkedHashMap<>(ask.asked());
            for (FetchResponseData.FetchableTopicResponse topic : body.responses()) {
                String name = topic.topic().isEmpty() ? ask.names().get(topic.topicId()) : topic.topic();
                topic.partitions().forEach(data -> {
                    TopicPartition id = new TopicPartition(String.valueOf(name), data.partitionIndex());
                    Ask.Asked asked = ask.asked().get(id);
                    if (data.errorCode() != Errors.NONE.code() || data.preferredReadReplica() >= 0) {
                        empty.remove(id);
                    }
                    if (asked != null
                            && partitions.isCurrent(asked.state())
                            && asked.state().isAbout(asked)) {
                        fetched(ask, asked.state(), data, memory, nowMs);
                    }
                });
            }
            if (bytes == 0 && body.throttleTimeMs() == 0) {
                nothingThere(empty.values());
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
                    state.leader().preferReplica(data.preferredReadReplica(), nowMs + settings.metadataMaxAgeMs());
                }
                read(state, data, memory, nowMs);
            }
            case OFFSET_OUT_OF_RANGE -> {
                if (ask.fromLeader().contains(state.id())) {
                    partitions.apply(state, state.outOfRange(settings.autoOffsetReset(), nowMs));
                } else {
                    // A follower may lag; only the leader knows.
                    state.leader().preferLeader();
                }
            }
            case CORRUPT_MESSAGE ->
                refusals.fail(state, new FetchFailure.CorruptBatch(state.id(), state.fetchOffset(), error.exception()));
            default -> {
                state.leader()
                        .hint(
                                data.currentLeader().leaderId(),
                                data.currentLeader().leaderEpoch());
                refusals.refused(state, error, nowMs);
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
                refusals.fail(state, new FetchFailure.CorruptBatch(state.id(), scan.nextOffset(), scan.corruption()));
            }
        } else if (scan.batches().isEmpty()) {
            // Only the beginning of a batch fitted; it comes whole when this partition is first in an answer.
            refusals.retryLater(state, nowMs);
        }
    }

    /// @param all partitions that were read, and had nothing; one that was refused says nothing about its records
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
            refusals.current(ask.asked().values()).forEach(state -> refusals.refused(state, error, nowMs));
        }
    }
}
