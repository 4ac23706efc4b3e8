package io.sampo.tcp.replication;

import static io.sampo.tcp.TestBroker.await;
import static io.sampo.tcp.replication.TestNode.batch;
import static io.sampo.tcp.replication.TestNode.fetch;
import static io.sampo.tcp.replication.TestNode.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.tcp.loop.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReplicationConnectionsTest {

    @Test
    void requestsAndAnswersArriveInOrderAndUnchanged() throws Exception {
        try (TestNode leader = new TestNode(1);
                TestNode follower = new TestNode(2)) {
            follower.knows(leader);
            leader.handle((envelope -> {
                leader.received.add(envelope);
                long number = TestNode.numberOf(envelope);
                leader.connections.send(leader.to(2, reply(number, batch(number, 1_000), batch(number + 1, 10))));
            }));
            for (long number = 0; number < 2_000; number++) {
                follower.connections.send(follower.to(1, fetch(number)));
            }
            await("all answers", () -> follower.received.size() == 2_000);

            List<Long> all = LongStream.range(0, 2_000).boxed().toList();
            assertEquals(all, leader.numbersReceived());
            assertEquals(all, follower.numbersReceived());
            ReplicaEnvelope some = List.copyOf(follower.received).get(1_234);
            assertEquals(leader.to(2, reply(1_234, batch(1_234, 1_000), batch(1_235, 10))), some);
            assertEquals(List.of("connected 1"), List.copyOf(follower.events));
            assertEquals(List.of(), List.copyOf(leader.events), "nobody dialled back");
        }
    }

    @Test
    void whatWaitsIsGatheredIntoFewWrites() throws Exception {
        try (TestNode leader = new TestNode(1);
                TestNode follower = new TestNode(2)) {
            follower.knows(leader);
            try (TestNode.HeldLoops _ = follower.holdLoops()) {
                for (int i = 0; i < 5_000; i++) {
                    follower.connections.send(follower.to(1, fetch(i)));
                }
            }
            await("all requests", () -> leader.received.size() == 5_000);

            ReplicationCounters counters = follower.connections.counters();
            assertEquals(5_000, counters.messagesSent());
            assertTrue(counters.writes() < 100, counters.writes() + " writes");
        }
    }

    @Test
    void theReceiverRunsOnTheConnectionsEventLoop() throws Exception {
        try (TestNode leader = new TestNode(1);
                TestNode follower = new TestNode(2)) {
            Queue<String> threads = new ConcurrentLinkedQueue<>();
            leader.handle(_ -> threads.add(String.valueOf(EventLoop.current())));
            follower.knows(leader);
            follower.connections.send(follower.to(1, fetch(1)));
            await("the request", () -> !threads.isEmpty());

            assertTrue(threads.peek().startsWith("node-1-loop-"), threads.peek());
        }
    }

    @Test
    void answersToANodeThatDoesNotAskAreDropped() throws Exception {
        try (TestNode leader = new TestNode(1);
                TestNode follower = new TestNode(2)) {
            leader.knows(follower);
            leader.connections.send(leader.to(2, reply(1, batch(1, 10))));
            leader.connections.send(leader.to(3, fetch(1)));

            assertEquals(2, leader.connections.counters().droppedUnconnected());
            assertTrue(leader.connections.hasRoom(2));
            AtomicInteger resumed = new AtomicInteger();
            leader.connections.whenRoom(2, resumed::incrementAndGet);
            assertEquals(1, resumed.get());
        }
    }

    @Test
    void aNodeThatEndsIsLostThenRefusedAndFoundAgain() throws Exception {
        try (TestNode follower = new TestNode(2)) {
            int port;
            try (TestNode leader = new TestNode(1)) {
                port = leader.server.address().getPort();
                follower.knows(leader);
                follower.connections.send(follower.to(1, fetch(1)));
                await("the request", () -> leader.received.size() == 1);
            }
            await(
                    "loss and refusal",
                    () -> List.copyOf(follower.events)
                            .subList(0, Math.min(3, follower.events.size()))
                            .equals(List.of("connected 1", "lost 1", "refused 1")));
            long droppedBefore = follower.connections.counters().droppedUnconnected();
            await("a request has nowhere to go", () -> {
                follower.connections.send(follower.to(1, fetch(2)));
                return follower.connections.counters().droppedUnconnected() > droppedBefore;
            });
            try (TestNode again = new TestNode(1, port, ReplicationSocketSettings.DEFAULTS)) {
                await(
                        "connected again without being asked",
                        () -> follower.connections.counters().connects() == 2);
                follower.connections.send(follower.to(1, fetch(3)));
                await("the request", () -> again.numbersReceived().contains(3L));
            }
        }
    }

    /// It may have been elected by what it asked: then it waits for what others ask it.
    @Test
    void aNodeThatDialsIsDialledWithoutWaitingForTheNextAttempt() throws Exception {
        try (TestNode follower = new TestNode(2, 0, Settings.patient())) {
            int port;
            try (TestNode leader = new TestNode(1)) {
                port = leader.server.address().getPort();
                follower.knows(leader);
            }
            follower.connections.send(follower.to(1, fetch(1)));
            await("a refusal", () -> follower.events.contains("refused 1"));
            try (TestNode again = new TestNode(1, port, ReplicationSocketSettings.DEFAULTS)) {
                again.knows(follower);
                again.connections.send(again.to(2, fetch(2)));
                await("the request", () -> follower.numbersReceived().contains(2L));
                follower.connections.send(follower.to(1, fetch(3)));
                await("the other way", () -> again.numbersReceived().contains(3L));
            }
        }
    }

    @Test
    void aNodeThatMovesIsFollowedAndOneThatIsNotListedIsLeft() throws Exception {
        try (TestNode follower = new TestNode(2);
                TestNode before = new TestNode(1);
                TestNode after = new TestNode(1)) {
            follower.knows(before);
            follower.connections.send(follower.to(1, fetch(1)));
            await("the first place", () -> before.received.size() == 1);
            follower.knows(after);
            await("connected there", () -> follower.connections.counters().connects() == 2);
            follower.connections.send(follower.to(1, fetch(2)));
            await("the second place", () -> after.received.size() == 1);
            await("the first is left", () -> before.server.connectionCount() == 0);
            follower.knows(Map.of());
            await("the second is left", () -> after.server.connectionCount() == 0);

            assertEquals(List.of("connected 1", "lost 1", "connected 1", "lost 1"), List.copyOf(follower.events));
            assertEquals(List.of(1L), before.numbersReceived());
        }
    }

    @Test
    void aNameIsLookedUpWhenItIsDialled() throws Exception {
        try (TestNode leader = new TestNode(1);
                TestNode follower = new TestNode(2)) {
            int port = leader.server.address().getPort();
            follower.knows(Map.of(1, InetSocketAddress.createUnresolved("localhost", port)));
            follower.connections.send(follower.to(1, fetch(1)));

            await("the request", () -> leader.received.size() == 1);
        }
    }

    @Test
    void aFullWayToANodeSaysSoAndResumesWhenThereIsRoom() throws Exception {
        ReplicationSocketSettings small = Settings.with(100_000, 400_000, 100_000, 2_000);
        try (TestNode leader = new TestNode(1, 0, small);
                TestNode follower = new TestNode(2, 0, small)) {
            Queue<Runnable> unconsumed = new ConcurrentLinkedQueue<>();
            holdAnswers(follower, unconsumed);
            follower.knows(leader);
            follower.connections.send(follower.to(1, fetch(0)));
            await("the request", () -> leader.received.size() == 1);

            long sent = sendUntilAllIsFull(leader);
            AtomicInteger resumed = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                leader.connections.whenRoom(2, resumed::incrementAndGet);
            }
            for (int i = 0; i < 1_000; i++) {
                leader.connections.send(leader.to(2, reply(-1, batch(1, 10_000))));
            }
            assertEquals(0, resumed.get());
            assertTrue(leader.connections.counters().droppedWithoutRoom() > 900, "the bound holds");
            assertTrue(
                    follower.received.size() * 10_000L < 100_000 + OutboundFrames.CHUNK_BYTES,
                    follower.received.size() + " batches of 10 kB taken: more than the bound and a frame");

            await("all resumed, as the follower consumes", () -> {
                consume(unconsumed);
                return resumed.get() == 20;
            });
            long taken = sent + 1_000 - leader.connections.counters().droppedWithoutRoom();
            await("nothing else was lost", () -> {
                consume(unconsumed);
                return follower.received.size() == taken;
            });
            assertEquals(
                    LongStream.range(0, sent).boxed().toList(),
                    follower.numbersReceived().stream().filter(n -> n >= 0).toList());
            assertEquals(0, follower.connections.counters().losses(), "who does not read judges nobody");
        }
    }

    @Test
    void aMessageLargerThanAFrameIsDropped() throws Exception {
        ReplicationSocketSettings small = Settings.with(100_000, 4_000_000, 100_000, 2_000);
        try (TestNode leader = new TestNode(1, 0, small);
                TestNode follower = new TestNode(2, 0, small)) {
            follower.knows(leader);
            follower.connections.send(follower.to(1, fetch(0)));
            await("the request", () -> leader.received.size() == 1);
            leader.connections.send(leader.to(2, reply(1, batch(1, small.maxFrameBytes()))));
            leader.connections.send(leader.to(2, reply(2, batch(1, small.maxFrameBytes() - 1_000))));
            await("the one that fits", () -> !follower.received.isEmpty());

            assertEquals(List.of(2L), follower.numbersReceived());
            assertEquals(1, leader.connections.counters().droppedWithoutRoom());
        }
    }

    @Test
    void whoeverWaitsForRoomIsResumedWhenTheConnectionEnds() throws Exception {
        ReplicationSocketSettings small = Settings.with(100_000, 400_000, 100_000, 2_000);
        AtomicInteger resumed = new AtomicInteger();
        try (TestNode leader = new TestNode(1, 0, small)) {
            try (TestNode follower = new TestNode(2, 0, small)) {
                holdAnswers(follower, new ConcurrentLinkedQueue<>());
                follower.knows(leader);
                follower.connections.send(follower.to(1, fetch(0)));
                await("the request", () -> leader.received.size() == 1);
                sendUntilAllIsFull(leader);
                leader.connections.whenRoom(2, resumed::incrementAndGet);
                assertEquals(0, resumed.get());
            }
            await("resumed", () -> resumed.get() == 1);
        }
    }

    @Test
    void batchesThatAreNeverConsumedDoNotStopAConnectionForEver() throws Exception {
        ReplicationSocketSettings small = Settings.with(100_000, 400_000, 100_000, 400, 300);
        try (TestNode leader = new TestNode(1, 0, small);
                TestNode follower = new TestNode(2, 0, small)) {
            holdAnswers(follower, new ConcurrentLinkedQueue<>());
            follower.knows(leader);
            follower.connections.send(follower.to(1, fetch(0)));
            await("the request", () -> leader.received.size() == 1);
            AtomicLong sent = new AtomicLong();
            await("more than all buffers hold", () -> {
                sent.set(sendUntilNoRoom(leader, sent.get()));
                return sent.get() > 100;
            });

            await("all came in the end", () -> follower.received.size() == sent.get());
            assertTrue(follower.connections.counters().givenUpUnconsumed() > 0);
        }
    }

    private static void holdAnswers(TestNode follower, Queue<Runnable> unconsumed) {
        follower.handle(new io.sampo.core.partition.ReplicaTransport.Receiver() {
            @Override
            public void received(ReplicaEnvelope envelope) {
                throw new AssertionError("not called");
            }

            @Override
            public void received(ReplicaEnvelope envelope, Runnable consumed) {
                if (envelope.message() instanceof FetchReply) {
                    unconsumed.add(consumed);
                }
                follower.received.add(envelope);
            }
        });
    }

    private static void consume(Queue<Runnable> unconsumed) {
        List<Runnable> now = new ArrayList<>();
        for (Runnable next = unconsumed.poll(); next != null; next = unconsumed.poll()) {
            now.add(next);
        }
        now.forEach(Runnable::run);
    }

    /// Answers of 10 kB, until the leader's own bound is reached.
    private static long sendUntilNoRoom(TestNode leader, long from) {
        for (long number = from; number < 100_000; number++) {
            if (!leader.connections.hasRoom(2)) {
                return number;
            }
            leader.connections.send(leader.to(2, reply(number, batch(number, 10_000))));
        }
        throw new AssertionError("there is always room");
    }

    /// Until the sockets of both sides are full too: nothing has moved for a while.
    private static long sendUntilAllIsFull(TestNode leader) throws InterruptedException {
        AtomicLong sent = new AtomicLong();
        AtomicLong fullSinceNs = new AtomicLong(System.nanoTime());
        await("all is full", () -> {
            if (leader.connections.hasRoom(2)) {
                sent.set(sendUntilNoRoom(leader, sent.get()));
                fullSinceNs.set(System.nanoTime());
            }
            return System.nanoTime() - fullSinceNs.get() > 500_000_000;
        });
        return sent.get();
    }
}
