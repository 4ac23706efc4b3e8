package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/// Makes a question out of the partitions that a plan puts together, and marks them as asked.
final class AskRules {
    private AskRules() {}

    /// @return one question, or two: what only newer brokers can be asked stands alone, so that they alone can refuse
    /// it
    static List<Ask> lookups(int node, List<PartitionState> states, ClusterView view) {
        return states.stream()
                .collect(Collectors.partitioningBy(state -> state.lookup().purpose() == Lookup.Purpose.LOCAL_START))
                .values()
                .stream()
                .filter(some -> !some.isEmpty())
                .map(some -> lookup(node, some, view))
                .toList();
    }

    private static Ask lookup(int node, List<PartitionState> states, ClusterView view) {
        Map<TopicPartition, Lookup> lookups = new LinkedHashMap<>();
        states.forEach(state -> {
            state.asked();
            lookups.put(state.id(), state.lookup());
        });
        return new Ask.ListOffsets(node, asked(states, view), lookups);
    }

    static Ask.EpochEnds validations(int node, List<PartitionState> states, ClusterView view) {
        states.forEach(state -> {
            state.asked();
            state.validating();
        });
        return new Ask.EpochEnds(node, asked(states, view));
    }

    static Ask.Fetch fetch(
            int node,
            List<PartitionState> states,
            ClusterView view,
            Brokers brokers,
            int partitionBytes,
            int maxBytes,
            int maxWaitMs) {
        Map<TopicPartition, FetchRequest.PartitionData> wanted = new LinkedHashMap<>();
        Map<Uuid, String> names = new HashMap<>();
        Set<TopicPartition> fromLeader = new HashSet<>();
        for (PartitionState state : states) {
            names.put(state.topicId(), state.id().topic());
            if (state.leader().of(view).orElse(-1) == node) {
                fromLeader.add(state.id());
            }
            int leaderEpoch = state.leader().epoch(view);
            wanted.put(
                    state.id(),
                    new FetchRequest.PartitionData(
                            state.topicId(),
                            state.fetchOffset(),
                            FetchResponse.INVALID_LOG_START_OFFSET,
                            partitionBytes,
                            leaderEpoch < 0 ? Optional.empty() : Optional.of(leaderEpoch)));
        }
        brokers.sent(node);
        return new Ask.Fetch(
                node, brokers.session(node).next(wanted), asked(states, view), names, fromLeader, maxBytes, maxWaitMs);
    }

    private static Map<TopicPartition, Ask.Asked> asked(List<PartitionState> states, ClusterView view) {
        Map<TopicPartition, Ask.Asked> asked = new LinkedHashMap<>();
        states.forEach(state -> asked.put(
                state.id(),
                new Ask.Asked(state, state.fetchOffset(), state.leader().epoch(view))));
        return asked;
    }
}
