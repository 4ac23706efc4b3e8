package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.TopicCreated;
import io.sampo.chaos.history.Operation.TopicsSeen;
import io.sampo.chaos.history.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// 10 metadata: what one node says of a partition's leader epoch never goes back while the node lives; an epoch has
/// one leader; along a log the epochs do not fall; a topic whose creation was acknowledged is known to every node
/// after healing.
final class MetadataCheck implements Check {
    static final String NAME = "metadata";

    private record Partition(String topicId, int partition) {}

    private record Epoch(Partition partition, int epoch) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        checkLeaders(history, violations);
        history.all(FinalRead.class).forEach(read -> checkLog(read, violations));
        checkTopics(history, violations);
        return violations;
    }

    private static void checkLeaders(History history, List<Violation> violations) {
        Map<Epoch, LeaderSeen> leaders = new HashMap<>();
        history.by(LeaderSeen.class, LeaderSeen::process).values().forEach(seen -> {
            Map<Partition, LeaderSeen> last = new HashMap<>();
            for (LeaderSeen now : seen) {
                if (now.leaderEpoch() < 0) {
                    continue; // it says that it does not know
                }
                Partition partition = new Partition(now.topicId(), now.partition());
                LeaderSeen before = last.put(partition, now);
                if (before != null && before.leaderEpoch() > now.leaderEpoch()) {
                    violations.add(new Violation(
                            NAME,
                            now.process() + " went back from leader epoch " + before.leaderEpoch() + " to "
                                    + now.leaderEpoch(),
                            List.of(before, now)));
                }
                if (now.leader() >= 0) {
                    Epoch epoch = new Epoch(partition, now.leaderEpoch());
                    LeaderSeen first = leaders.putIfAbsent(epoch, now);
                    if (first != null && first.leader() != now.leader()) {
                        violations.add(new Violation(
                                NAME,
                                "leader epoch " + now.leaderEpoch() + " has two leaders, " + first.leader() + " and "
                                        + now.leader(),
                                List.of(first, now)));
                    }
                }
            }
        });
    }

    private static void checkLog(FinalRead read, List<Violation> violations) {
        List<Entry> byOffset = new ArrayList<>(read.entries());
        byOffset.sort(Comparator.comparingLong(Entry::offset));
        for (int i = 1; i < byOffset.size(); i++) {
            Entry before = byOffset.get(i - 1);
            Entry now = byOffset.get(i);
            if (now.leaderEpoch() >= 0 && before.leaderEpoch() > now.leaderEpoch()) {
                violations.add(new Violation(
                        NAME,
                        read.place() + ": epoch " + before.leaderEpoch() + " at offset " + before.offset()
                                + " comes before epoch " + now.leaderEpoch() + " at offset " + now.offset(),
                        List.of(read)));
            }
        }
    }

    private static void checkTopics(History history, List<Violation> violations) {
        long healedUs = history.all(Healed.class).stream()
                .mapToLong(Healed::completedUs)
                .max()
                .orElse(Long.MAX_VALUE);
        for (TopicCreated created : history.all(TopicCreated.class)) {
            for (TopicsSeen seen : history.all(TopicsSeen.class)) {
                boolean after = seen.invokedUs() >= Math.max(healedUs, created.completedUs());
                if (created.outcome() == Outcome.OK && after && !seen.topics().contains(created.topic())) {
                    violations.add(new Violation(
                            NAME,
                            "the creation of topic " + created.topic() + " was acknowledged, and " + seen.process()
                                    + " does not know it",
                            List.of(created, seen)));
                }
            }
        }
    }
}
