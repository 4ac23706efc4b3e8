package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/// Up to five members and a model coordinator, with faults drawn from one seed: lost and late answers, a
/// coordinator that moves, members that crash, pause, leave and are evicted, slow drains, offsets of open
/// transactions, topics that grow.
///
/// Checked at every step:
/// - nobody is given a partition that another member of the group still holds, or that is not due to it;
/// - the listener has what the member says that it holds: nothing outside of a generation, nothing when the
///   coordinator has not been heard of for the session timeout;
/// - commits never go back, and none is accepted of a partition that another was given; none is sent with a
///   later one waiting; what is said to be committed is.
///
/// Checked at the end, when the faults have stopped: each partition is held by exactly one member, and each
/// commit was decided.
final class GroupSimulation {
    private record Note(long atMs, String who, Object what) {
        @Override
        public String toString() {
            return atMs + " " + who + " " + what;
        }
    }

    private record Event(long atMs, long sequence, Runnable run) {}

    private static final long FAULTS_END_MS = 60_000;
    private static final long END_MS = 150_000;

    final SplittableRandom random;
    final SimulatedCoordinator coordinator;
    final GroupSettings settings;
    private final long seed;
    private final PriorityQueue<Event> events = new PriorityQueue<>((left, right) -> left.atMs() != right.atMs()
            ? Long.compare(left.atMs(), right.atMs())
            : Long.compare(left.sequence(), right.sequence()));
    private final Map<String, Integer> topics = new TreeMap<>(Map.of("a", 3, "b", 2));
    private final List<SimulatedMember> members = new ArrayList<>();
    private final Deque<Note> trace = new ArrayDeque<>();
    private long lastSequence;
    private long nowMs;
    private int started;

    GroupSimulation(long seed, GroupSettings settings) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.settings = settings;
        Predicate<TopicPartition> unstable = _ -> faulty() && random.nextInt(10) == 0;
        this.coordinator = isClassic()
                ? new ModelCoordinator(this::violated, unstable)
                : new ConsumerModelCoordinator(
                        this::violated,
                        new ModelOffsets(this::violated, unstable),
                        () -> topics,
                        settings.times().sessionTimeoutMs(),
                        random.nextBoolean());
    }

    private boolean isClassic() {
        return settings.protocol() == GroupSettings.Protocol.CLASSIC;
    }

    Membership membership(String name, LongSupplier requestIds) {
        return isClassic()
                ? new ClassicMembership(settings, requestIds, random)
                : new ConsumerMembership(settings, name, requestIds, random);
    }

    /// In the consumer protocol one more, which comes into being later: members hear of its id first.
    Set<String> subscribed() {
        return isClassic() ? Set.of("a", "b") : Set.of("a", "b", "c");
    }

    /// @return how many rebalances were completed
    int run() {
        int first = random.nextInt(1, 4);
        for (int i = 0; i < first; i++) {
            at(random.nextInt(2_000), this::startMember);
        }
        every(100, END_MS, () -> coordinator.tick(nowMs));
        every(1_500, FAULTS_END_MS, this::fault);
        // Whatever the faults did, there is somebody left.
        at(FAULTS_END_MS + 5_000, () -> {
            if (running().stream().allMatch(SimulatedMember::isClosing)) {
                startMember();
            }
        });
        while (!events.isEmpty() && events.peek().atMs() <= END_MS) {
            Event event = events.poll();
            nowMs = event.atMs();
            event.run().run();
        }
        checkEnd();
        return coordinator.rebalances();
    }

    boolean faulty() {
        return nowMs < FAULTS_END_MS;
    }

    long nowMs() {
        return nowMs;
    }

    void at(long delayMs, Runnable run) {
        events.add(new Event(nowMs + delayMs, ++lastSequence, run));
    }

    private void every(long periodMs, long untilMs, Runnable run) {
        at(periodMs, () -> {
            run.run();
            if (nowMs < untilMs) {
                every(periodMs, untilMs, run);
            }
        });
    }

    ClusterView view() {
        return TestGroups.view(topics);
    }

    private List<SimulatedMember> running() {
        return members.stream().filter(SimulatedMember::isRunning).toList();
    }

    private void startMember() {
        SimulatedMember member = new SimulatedMember(this, "c" + ++started);
        members.add(member);
        member.start();
    }

    private void fault() {
        List<SimulatedMember> running = running();
        SimulatedMember one = running.isEmpty() ? null : running.get(random.nextInt(running.size()));
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                if (running.size() < 5) {
                    startMember();
                }
            }
            case 2 -> {
                if (one != null) {
                    one.crash();
                }
            }
            case 3 -> {
                if (one != null) {
                    one.close();
                }
            }
            case 4, 5 -> {
                if (one != null) {
                    one.pause(random.nextInt(500, 12_000));
                }
            }
            case 6 -> {
                note("coordinator", "moves");
                coordinator.move(nowMs, random.nextInt(3_000));
            }
            case 7 -> {
                String topic = isClassic()
                        ? (random.nextBoolean() ? "a" : "b")
                        : "abc".substring(random.nextInt(3)).substring(0, 1);
                topics.merge(topic, 1, Integer::sum);
                note("topics", Map.copyOf(topics));
            }
            case 8 -> {
                if (one != null && coordinator instanceof ConsumerModelCoordinator modern) {
                    note("coordinator", "evicts " + one);
                    modern.evict(one.memberId());
                }
            }
            default -> {}
        }
    }

    /// The listener of a member is given partitions.
    void checkGiven(SimulatedMember to, Set<TopicPartition> added) {
        if (!coordinator.knows(to.memberId())
                && coordinator.assigned(to.memberId()).containsAll(added)) {
            // Put out of the group after the answer was sent.
            return;
        }
        for (SimulatedMember other : members) {
            if (other == to || !other.isRunning()) {
                continue;
            }
            Set<TopicPartition> both = new HashSet<>(other.held());
            both.retainAll(added);
            if (!both.isEmpty() && coordinator.knows(other.memberId())) {
                violated(to + " is given " + both + ", which " + other + " still holds");
            }
        }
    }

    private void checkEnd() {
        List<SimulatedMember> running = running();
        topics.forEach((topic, count) -> {
            for (int index = 0; index < count; index++) {
                TopicPartition partition = new TopicPartition(topic, index);
                List<SimulatedMember> owners = running.stream()
                        .filter(member -> member.held().contains(partition))
                        .toList();
                if (owners.size() != 1) {
                    violated(partition + " is held by " + owners + " in the end");
                }
            }
        });
        for (SimulatedMember member : members) {
            if (member.isRunning() && member.openCommits() > 1) {
                violated(member + " has " + member.openCommits() + " commits that nobody decided");
            }
            if (member.failure() != null) {
                violated(member + " failed: " + member.failure());
            }
            if (member.isClosing()) {
                violated(member + " does not get closed");
            }
        }
        if (!coordinator.isStable() || coordinator.size() != running.size()) {
            violated("the group has " + coordinator.size() + " members, running are " + running);
        }
    }

    /// @param what its text is made only when something is violated
    void note(String who, Object what) {
        trace.addLast(new Note(nowMs, who, what));
        if (trace.size() > 250) {
            trace.removeFirst();
        }
    }

    void violated(String what) {
        throw new AssertionError(
                "seed " + seed + " (" + (isClassic() ? settings.assignors() : "consumer") + ") at " + nowMs + " ms: "
                        + what + "\n" + trace.stream().map(Note::toString).collect(Collectors.joining("\n")));
    }
}
