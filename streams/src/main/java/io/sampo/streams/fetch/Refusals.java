package io.sampo.streams.fetch;

import io.sampo.streams.UnsupportedFeature;
import io.sampo.streams.connection.Pauses;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.Errors;

/// What an error, or that there is no answer, does to a partition: it is tried again after newer metadata, or
/// fails.
///
/// Deterministic; one thread.
final class Refusals {
    private final Partitions partitions;
    private final Refreshes refreshes;
    private final Pauses pauses;

    Refusals(Partitions partitions, Refreshes refreshes, Pauses pauses) {
        this.partitions = partitions;
        this.refreshes = refreshes;
        this.pauses = pauses;
    }

    void retryAfterRefresh(PartitionState state, long nowMs) {
        refreshes.stale(state.id().topic());
        retryLater(state, nowMs);
    }

    void retryLater(PartitionState state, long nowMs) {
        state.retryLater(nowMs, attempts -> pauses.afterMs(attempts + 1));
    }

    void refused(PartitionState state, Errors error, long nowMs) {
        if (isRetriable(error.exception()) || error == Errors.UNKNOWN_SERVER_ERROR) {
            state.leader().preferLeader();
            retryAfterRefresh(state, nowMs);
        } else {
            fail(state, error);
        }
    }

    void unanswered(PartitionState state, Throwable failure, long nowMs) {
        if (isRetriable(failure)) {
            retryAfterRefresh(state, nowMs);
        } else {
            fail(state, new FetchFailure.Refused(state.id(), failure));
        }
    }

    void fail(PartitionState state, FetchFailure failure) {
        partitions.apply(state, state.fail(failure));
    }

    void fail(PartitionState state, Errors error) {
        fail(state, failureOf(state.id(), error));
    }

    private static FetchFailure failureOf(TopicPartition partition, Errors error) {
        return error == Errors.TOPIC_AUTHORIZATION_FAILED
                ? new FetchFailure.NotAuthorized(partition)
                : new FetchFailure.Refused(partition, error.exception());
    }

    static boolean isRetriable(@org.jspecify.annotations.Nullable Throwable failure) {
        return failure instanceof RetriableException;
    }

    static boolean isUnsupported(Throwable failure) {
        return failure instanceof UnsupportedFeature || failure instanceof UnsupportedVersionException;
    }

    /// Those that are still read.
    List<PartitionState> current(Collection<Ask.Asked> asked) {
        return asked.stream()
                .map(Ask.Asked::state)
                .filter(partitions::isCurrent)
                .toList();
    }
}
