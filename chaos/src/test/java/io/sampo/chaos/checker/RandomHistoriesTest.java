package io.sampo.chaos.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.HistoryFormat;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// What a correct broker can produce is allowed, and one change to it that a correct broker cannot produce is
/// found.
final class RandomHistoriesTest {
    private static final Checker CHECKER = new Checker(1_000_000);

    @Property(tries = 200)
    void whateverACorrectBrokerProducesIsAllowed(@ForAll long seed) {
        Verdict verdict = CHECKER.check(new CorrectBroker(new Random(seed)).history());

        assertTrue(verdict.isClean(), verdict::toString);
    }

    @Property(tries = 50)
    void aHistoryThatWasWrittenAndReadIsTheSame(@ForAll long seed) {
        List<Operation> operations =
                new CorrectBroker(new Random(seed)).history().operations();

        assertEquals(
                operations,
                operations.stream()
                        .map(HistoryFormat::format)
                        .map(HistoryFormat::parse)
                        .toList());
    }

    @Property(tries = 100)
    void anAcknowledgedRecordThatOneReplicaDropsIsLost(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();
        Value victim = acknowledged(history, random).value();

        History changed = changeOne(history, FinalRead.class, random, read -> contains(read, victim), read -> {
            List<Entry> entries = new ArrayList<>(read.entries());
            entries.removeIf(entry -> entry.value().equals(victim));
            return withEntries(read, entries);
        });

        assertEquals(1, CHECKER.check(changed).count(LostCheck.NAME));
    }

    @Property(tries = 100)
    void anAcknowledgementBeforeTheCommitThatNeverCameIsUnseenOrInconsistent(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();
        Send victim = acknowledged(history, random);
        List<Operation> operations = new ArrayList<>(history.operations());
        operations.add(new Send(
                victim.invokedUs(),
                victim.completedUs(),
                "other",
                victim.place(),
                new Value("other", 0),
                Outcome.OK,
                random.nextBoolean() ? victim.offset() : 1_000_000,
                ""));

        Verdict verdict = CHECKER.check(History.of(operations));

        long lostOrUnseen = verdict.count(LostCheck.NAME) + verdict.count(UnseenCheck.NAME);
        assertTrue(lostOrUnseen > 0, verdict::toString);
        assertTrue(verdict.count(OffsetCheck.NAME) + verdict.count(UnseenCheck.NAME) > 0, verdict::toString);
    }

    @Property(tries = 100)
    void aRecordThatWasAppendedTwiceIsADuplicate(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();
        Value victim = acknowledged(history, random).value();
        List<Operation> changed = new ArrayList<>();
        for (Operation each : history.operations()) {
            changed.add(
                    each instanceof FinalRead read && contains(read, victim)
                            ? withEntries(read, appended(read, victim))
                            : each);
        }

        assertEquals(1, CHECKER.check(History.of(changed)).count(DuplicateCheck.NAME));
    }

    @Property(tries = 100)
    void aCommitThatIsForgottenIsFound(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();
        Function<Assigned, Operation> forget = each -> new Assigned(
                each.invokedUs(),
                each.completedUs(),
                each.process(),
                each.group(),
                each.generation(),
                each.assignment(),
                each.place(),
                0);
        List<Assigned> later = history.all(Assigned.class).stream()
                .filter(each -> history.all(Commit.class).stream()
                        .anyMatch(commit -> commit.place().equals(each.place())
                                && commit.outcome() == Outcome.OK
                                && commit.offset() > 0
                                && commit.completedUs() < each.invokedUs()))
                .toList();
        if (later.isEmpty()) {
            return;
        }
        Assigned victim = later.get(random.nextInt(later.size()));

        History changed = changeOne(history, Assigned.class, random, victim::equals, forget);

        assertEquals(1, CHECKER.check(changed).count(GroupCheck.NAME), changed.operations()::toString);
    }

    @Property(tries = 100)
    void aPollThatSkipsARecordIsFound(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();
        boolean possible =
                history.all(Poll.class).stream().anyMatch(poll -> poll.entries().size() > 2);
        if (!possible) {
            return;
        }

        History changed =
                changeOne(history, Poll.class, random, poll -> poll.entries().size() > 2, poll -> {
                    List<Entry> entries = new ArrayList<>(poll.entries());
                    entries.remove(1);
                    return new Poll(
                            poll.invokedUs(),
                            poll.completedUs(),
                            poll.process(),
                            poll.assignment(),
                            poll.place(),
                            entries);
                });

        assertEquals(1, CHECKER.check(changed).count(PollCheck.NAME));
    }

    @Property(tries = 100)
    void aLeaderEpochThatFallsIsFound(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();
        LeaderSeen last = history.all(LeaderSeen.class).getLast();
        List<Operation> operations = new ArrayList<>(history.operations());
        operations.add(new LeaderSeen(
                last.completedUs() + 1,
                last.completedUs() + 2,
                last.process(),
                last.topicId(),
                last.partition(),
                -1,
                last.leaderEpoch() - 1));

        assertEquals(1, CHECKER.check(History.of(operations)).count(MetadataCheck.NAME));
    }

    @Property(tries = 100)
    void oneBatchThatDiffersOnOneDiskIsFound(@ForAll long seed) {
        Random random = new Random(seed);
        History history = new CorrectBroker(random).history();

        History changed = changeOne(
                history,
                Dump.class,
                random,
                dump -> !dump.batches().isEmpty(),
                dump -> CorrectBroker.damaged(dump, random));

        assertTrue(CHECKER.check(changed).count(ReplicaBytesCheck.NAME) > 0);
    }

    private static Send acknowledged(History history, Random random) {
        List<Send> all = history.all(Send.class).stream()
                .filter(send -> send.outcome() == Outcome.OK)
                .toList();
        return all.get(random.nextInt(all.size()));
    }

    private static boolean contains(FinalRead read, Value value) {
        return read.entries().stream().anyMatch(entry -> entry.value().equals(value));
    }

    private static List<Entry> appended(FinalRead read, Value value) {
        List<Entry> entries = new ArrayList<>(read.entries());
        entries.add(new Entry(read.end(), value, entries.getLast().leaderEpoch()));
        return entries;
    }

    private static FinalRead withEntries(FinalRead read, List<Entry> entries) {
        return new FinalRead(
                read.invokedUs(), read.completedUs(), read.process(), read.place(), read.start(), read.end(), entries);
    }

    /// Replaces one operation of a kind, chosen from those that fit.
    private static <T extends Operation> History changeOne(
            History history, Class<T> kind, Random random, Function<T, Boolean> fits, Function<T, Operation> change) {
        List<T> candidates = history.all(kind).stream().filter(fits::apply).toList();
        T victim = candidates.get(random.nextInt(candidates.size()));
        List<Operation> changed = new ArrayList<>(history.operations());
        changed.set(changed.indexOf(victim), change.apply(victim));
        return History.of(changed);
    }
}
