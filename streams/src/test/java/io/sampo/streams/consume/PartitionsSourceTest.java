package io.sampo.streams.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.PartitionSource;
import io.sampo.streams.Running;
import io.sampo.streams.UnsupportedFeature;
import io.sampo.streams.group.CommitFailed;
import io.sampo.streams.group.CommitFailures;
import io.sampo.streams.group.GroupListener;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PartitionsSourceTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final TopicPartition P0 = new TopicPartition(EndlessLogs.TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(EndlessLogs.TOPIC, 1);
    private static final int MOST_OUT = 100;

    private final EndlessLogs logs = new EndlessLogs(2);
    private final CompletableFuture<FakeMember> joined = new CompletableFuture<>();
    private final Pair<Running, SinkQueueWithCancel<PartitionSource<byte[], byte[]>>> run = run(listener -> {
        FakeMember member = new FakeMember(listener);
        joined.complete(member);
        return member;
    });
    private final SinkQueueWithCancel<PartitionSource<byte[], byte[]>> partitions = run.second();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @AfterEach
    void close() throws Exception {
        run.first().drain(java.time.Duration.ZERO);
        eventually("all memory is given back", () -> logs.unclosedAnswers() == 0);
    }

    private Pair<Running, SinkQueueWithCancel<PartitionSource<byte[], byte[]>>> run(
            Function<GroupListener, Member> join) {
        GroupReading reading = new GroupReading(
                Group.named("g"),
                () -> {
                    throw new IllegalStateException("each partition has its own");
                },
                fetchers -> logs.fetcher(KIT.system(), fetchers),
                join,
                new GroupReading.Settings(5, MOST_OUT, 60_000, IsolationLevel.READ_UNCOMMITTED),
                () -> 10_000,
                _ -> {});
        return Source.fromGraph(new PartitionsSource(reading))
                .toMat(Sink.queue(), Keep.both())
                .run(KIT.system());
    }

    private FakeMember member() throws Exception {
        return get(joined);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s: " + what);
            Thread.sleep(2);
        }
    }

    private PartitionSource<byte[], byte[]> nextPartition() throws Exception {
        return get(partitions.pull()).orElseThrow();
    }

    private SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> read(PartitionSource<byte[], byte[]> partition) {
        return partition.source().runWith(Sink.queue(), KIT.system());
    }

    private SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> readNextPartition() throws Exception {
        return read(nextPartition());
    }

    private static Delivery<Event<byte[], byte[]>> next(SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> queue)
            throws Exception {
        return get(queue.pull()).orElseThrow();
    }

    /// Acknowledges this many, which must follow each other.
    private static void work(SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> queue, long from, int count)
            throws Exception {
        for (long offset = from; offset < from + count; offset++) {
            Delivery<Event<byte[], byte[]>> delivery = next(queue);
            assertEquals(offset, delivery.get().offset());
            delivery.ack();
        }
    }

    /// Takes what still comes without acknowledging it.
    ///
    /// @return when the source has ended
    private static CompletionStage<?> rest(SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> queue) {
        return queue.pull().thenCompose(next -> next.isEmpty() ? CompletableFuture.completedFuture(null) : rest(queue));
    }

    @Test
    void eachPartitionIsASourceOfItsOwnAndCommitsItsOwn() throws Exception {
        member().assign(P0, P1);
        PartitionSource<byte[], byte[]> first = nextPartition();
        PartitionSource<byte[], byte[]> second = nextPartition();
        assertEquals(Set.of(P0, P1), Set.of(first.partition(), second.partition()));
        work(read(first), 0, 25);
        work(read(second), 0, 250);
        eventually(
                "both are committed",
                () -> joined.join()
                        .committed
                        .equals(java.util.Map.of(first.partition(), 25L, second.partition(), 250L)));
    }

    @Test
    void nothingIsFetchedForOneThatNobodyRunsAndTheOthersGoOn() throws Exception {
        member().assign(P0, P1);
        PartitionSource<byte[], byte[]> idle = nextPartition();
        PartitionSource<byte[], byte[]> busy = nextPartition();
        work(read(busy), 0, 1_000);
        assertEquals(Set.of(busy.partition().partition()), logs.fetched());
        work(read(idle), 0, 10);
    }

    @Test
    void oneThatIsNotAskedForMoreHoldsUpNoOther() throws Exception {
        member().assign(P0, P1);
        var slow = readNextPartition();
        var quick = readNextPartition();
        Delivery<Event<byte[], byte[]>> held = next(slow);
        // Ten times what all of them may hold.
        work(quick, 0, 10_000);
        held.ack();
        work(slow, 1, 500);
    }

    @Test
    void whatIsUnacknowledgedCountsForEachAlone() throws Exception {
        member().assign(P0, P1);
        var full = readNextPartition();
        var other = readNextPartition();
        List<Delivery<Event<byte[], byte[]>>> out = new java.util.ArrayList<>();
        for (int i = 0; i < MOST_OUT; i++) {
            out.add(next(full));
        }
        CompletionStage<Optional<Delivery<Event<byte[], byte[]>>>> more = full.pull();
        work(other, 0, 3 * MOST_OUT);
        assertFalse(more.toCompletableFuture().isDone(), "no more than may be out");
        out.get(50).ack();
        assertEquals(MOST_OUT, get(more).orElseThrow().get().offset());
    }

    @Test
    void oneThatGoesEndsWhenWhatIsOutIsDoneAndCommittedAndComesAgain() throws Exception {
        member().assign(P0);
        var before = readNextPartition();
        work(before, 0, 7);
        Delivery<Event<byte[], byte[]>> last = next(before);
        CompletableFuture<Void> givenUp = member().revoke(P0);
        eventually("it is read no more", () -> run.first().assignment().isEmpty());
        // What was handed out already may still come; it is done, too, before the partition goes.
        List<Delivery<Event<byte[], byte[]>>> handedOut = new java.util.concurrent.CopyOnWriteArrayList<>();
        CompletionStage<?> end = collect(before, handedOut);
        assertFalse(givenUp.isDone());
        assertFalse(end.toCompletableFuture().isDone());
        eventually(
                "what was acknowledged is committed",
                () -> joined.join().committed.getOrDefault(P0, 0L) == 7);

        last.ack();
        eventually("what came is done", () -> {
            handedOut.forEach(Delivery::ack);
            return givenUp.isDone();
        });
        get(end);
        long committed = member().committed.getOrDefault(P0, 0L);
        assertEquals(8 + handedOut.size(), committed, "all that was handed out");

        member().assign(P0);
        PartitionSource<byte[], byte[]> again = nextPartition();
        assertEquals(P0, again.partition());
        work(read(again), committed, 20);
    }

    private static CompletionStage<?> collect(
            SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> queue, List<Delivery<Event<byte[], byte[]>>> into) {
        return queue.pull().thenCompose(next -> {
            next.ifPresent(into::add);
            return next.isEmpty() ? CompletableFuture.completedFuture(null) : collect(queue, into);
        });
    }

    @Test
    void oneThatNobodyTookIsGivenUpAtOnceAndItsSourceIsEmpty() throws Exception {
        member().assign(P0);
        PartitionSource<byte[], byte[]> unused = nextPartition();
        get(member().revoke(P0));
        assertEquals(List.of(), get(unused.source().runWith(Sink.seq(), KIT.system())));
        assertEquals(Set.of(), logs.fetched());
    }

    @Test
    void oneThatIsLostEndsAtOnceAndLateAcknowledgementsMeanNothing() throws Exception {
        member().assign(P0, P1);
        PartitionSource<byte[], byte[]> first = nextPartition();
        var lost = read(first);
        var kept = readNextPartition();
        Delivery<Event<byte[], byte[]>> late = next(lost);
        member().lose(first.partition());
        get(rest(lost));
        late.ack();
        work(kept, 0, 200);
        TopicPartition other = first.partition().equals(P0) ? P1 : P0;
        eventually("the other one is committed", () -> joined.join().committed.getOrDefault(other, 0L) == 200);
        assertFalse(member().committed.containsKey(first.partition()));

        member().assign(first.partition());
        work(readNextPartition(), 0, 5);
    }

    @Test
    void oneThatIsToBeReadElsewhereEndsAndComesAnewFromThere() throws Exception {
        member().assign(P0);
        var before = readNextPartition();
        work(before, 0, 7);
        eventually("it is committed", () -> joined.join().committed.getOrDefault(P0, 0L) == 7);
        Delivery<Event<byte[], byte[]>> late = next(before);
        get(run.first().seek(Map.of(P0, 3L)));
        assertEquals(3, member().committed.get(P0), "the group goes back at once");
        get(rest(before));
        late.ack();
        var after = readNextPartition();
        work(after, 3, 2);
        eventually("it goes on from there", () -> joined.join().committed.getOrDefault(P0, 0L) == 5);

        get(run.first().seek(Map.of(P0, 1_000L)));
        get(rest(after));
        work(readNextPartition(), 1_000, 5);
        eventually("it goes on from there", () -> joined.join().committed.getOrDefault(P0, 0L) == 1_005);
    }

    @Test
    void whatIsNotReadHereCannotBeSought() throws Exception {
        member().assign(P0);
        work(readNextPartition(), 0, 2);
        assertSeekFails(Map.of(P0, 0L, P1, 0L));
        assertThrows(IllegalArgumentException.class, () -> run.first().seek(Map.of(P0, -1L)));
        var _ = member().revoke(P0);
        assertSeekFails(Map.of(P0, 0L));
        get(run.first().drain(java.time.Duration.ZERO));
        assertSeekFails(Map.of(P0, 0L));
        assertEquals(2, member().committed.get(P0));
    }

    private void assertSeekFails(Map<TopicPartition, Long> offsets) {
        var failed =
                assertThrows(ExecutionException.class, () -> get(run.first().seek(offsets)));
        assertInstanceOf(IllegalStateException.class, failed.getCause());
    }

    @Test
    void oneThatFailsFailsAllAndLeavesTheGroup() throws Exception {
        member().assign(P0, P1);
        IllegalStateException wrong = new IllegalStateException("wrong");
        PartitionSource<byte[], byte[]> first = nextPartition();
        var other = readNextPartition();
        work(other, 0, 3);
        first.source()
                .map(delivery -> {
                    if (delivery.get().offset() == 5) {
                        throw wrong;
                    }
                    return delivery;
                })
                .runWith(Sink.ignore(), KIT.system());
        assertSame(
                wrong,
                assertThrows(ExecutionException.class, () -> get(run.first().completion()))
                        .getCause());
        assertSame(
                wrong,
                assertThrows(ExecutionException.class, () -> get(rest(other))).getCause());
        assertTrue(member().closed.await(20, TimeUnit.SECONDS));
        assertEquals(3, member().committed.getOrDefault(otherThan(first), 0L), "what was done before");
    }

    private static TopicPartition otherThan(PartitionSource<byte[], byte[]> partition) {
        return partition.partition().equals(P0) ? P1 : P0;
    }

    @Test
    void oneThatIsCancelledRestsAndTheOthersGoOn() throws Exception {
        member().assign(P0, P1);
        PartitionSource<byte[], byte[]> first = nextPartition();
        var other = readNextPartition();
        List<Delivery<Event<byte[], byte[]>>> taken = get(first.source().take(4).runWith(Sink.seq(), KIT.system()));
        work(other, 0, 200);
        taken.forEach(Delivery::ack);
        eventually(
                "what was taken is committed", () -> joined.join().committed.getOrDefault(first.partition(), 0L) == 4);
        get(member().revoke(first.partition()));
        member().assign(first.partition());
        work(readNextPartition(), 4, 5);
    }

    @Test
    void theEndOfTheStreamEndsTheSourcesWhenWhatIsOutIsDone() throws Exception {
        member().assign(P0);
        var source = readNextPartition();
        Delivery<Event<byte[], byte[]>> first = next(source);
        partitions.cancel();
        List<Delivery<Event<byte[], byte[]>>> handedOut = new java.util.concurrent.CopyOnWriteArrayList<>();
        CompletionStage<?> end = collect(source, handedOut);
        assertFalse(run.first().completion().toCompletableFuture().isDone());
        first.ack();
        eventually("what came is done", () -> {
            handedOut.forEach(Delivery::ack);
            return run.first().completion().toCompletableFuture().isDone();
        });
        get(run.first().completion());
        get(end);
        assertEquals(1 + handedOut.size(), member().committed.getOrDefault(P0, 0L));
        assertTrue(member().closed.await(20, TimeUnit.SECONDS));
    }

    @Test
    void aMembershipThatFailsFailsTheSourcesWithTheSame() throws Exception {
        member().assign(P0);
        var source = readNextPartition();
        next(source);
        GroupAuthorizationException denied = new GroupAuthorizationException("g");
        member().fail(denied);
        assertSame(
                denied,
                assertThrows(ExecutionException.class, () -> get(rest(source))).getCause());
        assertSame(
                denied,
                assertThrows(ExecutionException.class, () -> get(run.first().completion()))
                        .getCause());
        assertSame(
                denied,
                assertThrows(ExecutionException.class, () -> get(partitions.pull()))
                        .getCause());
    }

    @Test
    void aCommitThatIsRefusedForGoodEndsTheReading() throws Exception {
        member().assign(P0);
        SinkQueueWithCancel<Delivery<Event<byte[], byte[]>>> queue = readNextPartition();
        member().refusal = CommitFailures.of(CommitFailed.Reason.TIMEOUT, P0);
        work(queue, 0, 1);
        FakeMember member = member();
        eventually("a commit failed, and is tried again", () -> member.refused.get() > 1);
        work(queue, 1, 1);
        member().refusal = CommitFailures.of(CommitFailed.Reason.REFUSED, P0);
        ExecutionException failed =
                assertThrows(ExecutionException.class, () -> get(run.first().completion()));
        assertEquals(
                CommitFailed.Reason.REFUSED,
                assertInstanceOf(CommitFailed.class, failed.getCause()).reason());
        assertTrue(member().closed.await(20, TimeUnit.SECONDS), "it leaves the group");
    }

    @Test
    void whatTheClientCannotDoIsTheFailureOfTheReading() {
        UnsupportedFeature lacking = new UnsupportedFeature("group.protocol=consumer", "not yet");
        Running refused = run(_ -> {
                    throw lacking;
                })
                .first();
        assertSame(
                lacking,
                assertThrows(ExecutionException.class, () -> get(refused.completion()))
                        .getCause());
    }

    @Test
    void theLagIsThatOfAllThatAreRead() throws Exception {
        member().assign(P0, P1);
        work(readNextPartition(), 0, 10);
        work(readNextPartition(), 0, 20);
        eventually("both are known", () -> {
            try {
                return get(run.first().lag()).partitions().size() == 2;
            } catch (Exception failure) {
                throw new IllegalStateException(failure);
            }
        });
        assertEquals(
                Set.of(10L, 20L),
                get(run.first().lag()).partitions().values().stream()
                        .map(io.sampo.streams.Lag.OfPartition::committed)
                        .collect(java.util.stream.Collectors.toSet()));
    }
}
