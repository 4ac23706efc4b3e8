package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Pauses;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.protocol.Errors;

/// What an answer, or that there is none, does to the partitions that it was asked for.
///
/// Deterministic; one thread.
final class AnswerRules {
    private final FetchSettings settings;
    private final Partitions partitions;
    private final PrefetchBudget budget;
    private final Refreshes refreshes;
    private final Brokers brokers;
    private final Refusals refusals;
    private final FetchAnswers fetchAnswers;

    AnswerRules(
            FetchSettings settings,
            Partitions partitions,
            PrefetchBudget budget,
            Refreshes refreshes,
            Brokers brokers,
            Pauses pauses) {
        this.settings = settings;
        this.partitions = partitions;
        this.budget = budget;
        this.refreshes = refreshes;
        this.brokers = brokers;
        this.refusals = new Refusals(partitions, refreshes, pauses);
        this.fetchAnswers = new FetchAnswers(settings, partitions, budget, brokers, refusals);
    }

    void fetched(Ask.Fetch ask, FetchResponseData body, Runnable release, long nowMs) {
        fetchAnswers.fetched(ask, body, release, nowMs);
    }

    void looked(Ask.ListOffsets ask, ListOffsetsResponseData body, long nowMs) {
        Set<PartitionState> left = new HashSet<>(refusals.current(ask.asked().values()));
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
                    } else if (lookup.purpose() == Lookup.Purpose.LOCAL_START
                            && !Refusals.isRetriable(error.exception())) {
                        partitions.apply(state, state.looked(lookup, -1, PartitionState.NO_EPOCH, asked.leaderEpoch()));
                    } else {
                        refusals.refused(state, error, nowMs);
                    }
                }));
        left.forEach(state -> {
            state.answered();
            refusals.retryAfterRefresh(state, nowMs);
        });
    }

    /// A topic may have been created anew while a lookup was under way.
    private static boolean isAbout(PartitionState state, Lookup lookup) {
        return state.phase() instanceof PartitionState.Phase.Locating
                && state.lookup().equals(lookup);
    }

    void epochEnds(Ask.EpochEnds ask, OffsetForLeaderEpochResponseData body, long nowMs) {
        Set<PartitionState> left = new HashSet<>(refusals.current(ask.asked().values()));
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
                        refusals.refused(state, error, nowMs);
                    }
                }));
        left.forEach(state -> {
            state.answered();
            state.notValidated();
            refusals.retryAfterRefresh(state, nowMs);
        });
    }

    void failed(Ask ask, Throwable failure, long nowMs) {
        switch (ask) {
            case Ask.Refresh refresh -> {
                refreshes.failed(refresh, nowMs);
                if (!Refusals.isRetriable(failure)) {
                    partitions.all().stream()
                            .filter(PartitionState::isActive)
                            .toList()
                            .forEach(state -> refusals.fail(state, new FetchFailure.Refused(state.id(), failure)));
                }
            }
            case Ask.Fetch fetch -> {
                brokers.settled(fetch.nodeId());
                brokers.session(fetch.nodeId()).lost();
                budget.settle(fetch.maxBytes(), 0);
                for (Ask.Asked asked : fetch.asked().values()) {
                    if (partitions.isCurrent(asked.state()) && asked.state().isAbout(asked)) {
                        asked.state().leader().preferLeader();
                        refusals.unanswered(asked.state(), failure, nowMs);
                    }
                }
            }
            case Ask.ListOffsets lookups ->
                refusals.current(lookups.asked().values()).forEach(state -> {
                    state.answered();
                    Lookup lookup = Objects.requireNonNull(lookups.lookups().get(state.id()));
                    if (!isAbout(state, lookup)) {
                        return;
                    }
                    if (lookup.purpose() == Lookup.Purpose.LOCAL_START && Refusals.isUnsupported(failure)) {
                        // Without the question there is no remote storage either.
                        partitions.apply(
                                state, state.looked(lookup, -1, PartitionState.NO_EPOCH, PartitionState.NO_EPOCH));
                    } else {
                        refusals.unanswered(state, failure, nowMs);
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
                    if (Refusals.isUnsupported(failure)) {
                        state.validated(asked.leaderEpoch());
                    } else {
                        state.notValidated();
                        refusals.unanswered(state, failure, nowMs);
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
            if (state.isActive() && error != Errors.NONE && !Refusals.isRetriable(error.exception())) {
                refusals.fail(state, error);
            }
        }
    }

    void retryAfterRefresh(PartitionState state, long nowMs) {
        refusals.retryAfterRefresh(state, nowMs);
    }
}
