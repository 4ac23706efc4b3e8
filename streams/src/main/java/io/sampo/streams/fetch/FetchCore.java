package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Pauses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;

/// All rules of fetching, put together: events come in, [#asks] says what is to be sent, [#next] what is handed out.
/// After every event the caller carries out `asks`, and comes back no later than [#wakeMs].
///
/// Nothing is asked before [#demand]; from then on fetching goes on as far as the [PrefetchBudget] allows.
///
/// Deterministic: time and randomness (for the spread of pauses) come from outside. One thread.
final class FetchCore {
    private final FetchSettings settings;
    private final PrefetchBudget budget;
    private final Partitions partitions;
    private final Refreshes refreshes;
    private final Brokers brokers = new Brokers();
    private final AnswerRules answers;
    private ClusterView view;
    private boolean demanded;

    /// @param onReleased is called when a chunk is closed, on whatever thread; what it gets belongs to [#released]
    FetchCore(
            FetchSettings settings,
            ClusterView view,
            RandomGenerator random,
            Consumer<Partitions.Released> onReleased) {
        Pauses pauses = new Pauses(settings.retryBackoffMs(), settings.retryBackoffMaxMs(), random);
        this.settings = settings;
        this.view = view;
        this.budget = new PrefetchBudget(settings.prefetchMaxBytes());
        this.partitions = new Partitions(settings.autoOffsetReset(), settings.maxRecordBytes(), onReleased);
        this.refreshes = new Refreshes(pauses);
        this.answers = new AnswerRules(settings, partitions, budget, refreshes, brokers, pauses);
    }

    // --- what the consumption says

    /// Reads these partitions too; one that is read already begins anew.
    void add(Map<TopicPartition, StartPosition> toAdd, long nowMs) {
        toAdd.forEach((partition, where) -> partitions.add(partition, where, view, nowMs));
    }

    /// Nothing of these partitions is handed out any more.
    void remove(Set<TopicPartition> toRemove) {
        partitions.remove(toRemove);
    }

    boolean reads(TopicPartition partition) {
        return partitions.has(partition);
    }

    /// Somebody wants records.
    void demand() {
        demanded = true;
    }

    /// Hands out what waits longest.
    Optional<Partitions.Outcome> next() {
        return partitions.next();
    }

    /// A chunk that was just handed out, by [#next], has nobody to take it.
    void putBack(Chunk chunk) {
        partitions.putBack(chunk);
    }

    Map<TopicPartition, PartitionProgress> progress() {
        Map<TopicPartition, PartitionProgress> all = new LinkedHashMap<>();
        partitions.all().forEach(state -> all.put(state.id(), state.progress()));
        return all;
    }

    void released(Partitions.Released released) {
        released.state().waiting().released(released.chunkBytes());
        budget.release(released.answerBytes());
    }

    /// Drops everything.
    ///
    /// @return sessions to be ended
    List<Ask.Farewell> close() {
        partitions.remove(
                Set.copyOf(partitions.all().stream().map(PartitionState::id).toList()));
        return brokers.farewells();
    }

    // --- what the cluster says

    /// @param newView as new as the last refresh, or newer
    void see(ClusterView newView, long nowMs) {
        ClusterView before = view;
        view = newView;
        for (PartitionState state : List.copyOf(partitions.all())) {
            if (!before.partition(state.id()).equals(newView.partition(state.id()))) {
                state.retryNow();
            }
            partitions.see(state, newView, nowMs);
        }
    }

    void refreshed(ClusterView newView, long nowMs) {
        refreshes.answered();
        see(newView, nowMs);
        answers.refreshed(newView);
    }

    /// @param release gives the answer's memory back; chunks keep it until they are closed
    void fetched(Ask.Fetch ask, FetchResponseData body, Runnable release, long nowMs) {
        answers.fetched(ask, body, release, nowMs);
    }

    void looked(Ask.ListOffsets ask, ListOffsetsResponseData body, long nowMs) {
        answers.looked(ask, body, nowMs);
    }

    void epochEnds(Ask.EpochEnds ask, OffsetForLeaderEpochResponseData body, long nowMs) {
        answers.epochEnds(ask, body, nowMs);
    }

    /// No answer came.
    void failed(Ask ask, Throwable failure, long nowMs) {
        answers.failed(ask, failure, nowMs);
    }

    // --- what is to be done

    /// What is to be sent now, and counts as sent.
    List<Ask> asks(long nowMs) {
        List<Ask> asks = new ArrayList<>();
        if (!demanded) {
            return asks;
        }
        partitions.all().forEach(state -> refreshes.wanted(state.id().topic(), view));
        FetchPlan plan = FetchPlan.of(partitions.all(), view, brokers::isFetching, budget, settings, nowMs);
        plan.leaderless().forEach(state -> answers.retryAfterRefresh(state, nowMs));
        plan.lookups().forEach((node, states) -> asks.addAll(AskRules.lookups(node, states, view)));
        plan.validations().forEach((node, states) -> asks.add(AskRules.validations(node, states, view)));
        plan.fetches().forEach((node, states) -> {
            int bytes = plan.fetchBytes(states.size(), budget.freeBytes());
            if (bytes > 0) {
                budget.reserve(bytes);
                asks.add(AskRules.fetch(
                        node, states, view, brokers, plan.partitionBytes(), bytes, plan.maxWaitMs(node, settings)));
            }
        });
        refreshes.next(nowMs).ifPresent(asks::add);
        return asks;
    }

    /// When something becomes due that no answer announces; empty when nothing does.
    OptionalLong wakeMs(long nowMs) {
        if (!demanded) {
            return OptionalLong.empty();
        }
        long earliest = refreshes.wakeMs(nowMs).orElse(Long.MAX_VALUE);
        for (PartitionState state : partitions.all()) {
            if (state.isActive() && state.retryAtMs() > nowMs) {
                earliest = Math.min(earliest, state.retryAtMs());
            }
        }
        return earliest == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(earliest);
    }

    /// Bytes that were fetched and not given back.
    long heldBytes() {
        return budget.heldBytes();
    }

    /// Bytes that fetches under way may bring.
    long reservedBytes() {
        return budget.reservedBytes();
    }
}
