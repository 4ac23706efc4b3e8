package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// One link over wires that the test makes, with a clock that the test moves. Everything runs on the test's thread.
@NullMarked
class NodeLinkTest {

    private final ManualTimers timers = new ManualTimers();
    private final List<FakeWire> wires = new ArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private @Nullable RuntimeException connectFailure;
    private long sessionLifetimeMs;
    private NodeLink link = link(Map.of());

    private NodeLink link(Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", "a:1",
                "reconnect.backoff.ms", 50,
                "reconnect.backoff.max.ms", 1_000,
                "connections.max.idle.ms", 60_000));
        settings.putAll(more);
        Wire.Connector connector = (_, _, _) -> {
            attempts.incrementAndGet();
            if (connectFailure != null) {
                throw connectFailure;
            }
            FakeWire wire = new FakeWire();
            wires.add(wire);
            return wire;
        };
        return new NodeLink(
                new NodeLink.Context(connector, Runnable::run, timers, ConnectionSettings.of(settings)),
                new Endpoint("a", 1),
                Lane.CONTROL);
    }

    private NodeCall send(long timeoutMs) {
        NodeCall call = new NodeCall(new ListGroupsRequest.Builder(new ListGroupsRequestData()), timeoutMs, timers.now);
        assertTrue(link.offer(call, false));
        link.advance();
        return call;
    }

    @Test
    void aPauseThatGrowsLiesBetweenAttemptsAndWhatComesMeanwhileWaits() {
        connectFailure = new UnreachableException("refused");
        NodeCall first = send(10_000);
        assertInstanceOf(DisconnectException.class, failure(first));
        assertEquals(1, attempts.get());

        NodeCall second = send(10_000);
        timers.advance(49);
        assertEquals(1, attempts.get());
        timers.advance(1);
        assertEquals(2, attempts.get());
        assertInstanceOf(DisconnectException.class, failure(second));

        connectFailure = null;
        NodeCall third = send(10_000);
        timers.advance(99);
        assertEquals(2, attempts.get());
        timers.advance(1);
        assertEquals(3, attempts.get());
        wires.getLast().answer(0);
        assertTrue(isDone(third));
    }

    @Test
    void aRequestThatWaitsForAConnectionEndsInTime() {
        connectFailure = new UnreachableException("refused");
        assertInstanceOf(DisconnectException.class, failure(send(10_000)));
        NodeCall waiting = send(20);
        timers.advance(20);
        assertInstanceOf(TimeoutException.class, failure(waiting));
        assertEquals(1, attempts.get());
    }

    @Test
    void afterARefusalRequestsFailAtOnceUntilThePauseIsOver() {
        connectFailure = new SaslAuthenticationException("no");
        assertInstanceOf(SaslAuthenticationException.class, failure(send(10_000)));
        assertInstanceOf(SaslAuthenticationException.class, failure(send(10_000)));
        assertEquals(1, attempts.get());
        assertEquals(0, link.waitMs());

        connectFailure = null;
        timers.advance(50);
        NodeCall later = send(10_000);
        assertEquals(2, attempts.get());
        wires.getLast().answer(0);
        assertTrue(isDone(later));
    }

    @Test
    void aLateAnswerEndsTheConnectionAndWhatIsInFlightAndRequestsBehindGoToTheNextOne() {
        NodeCall late = send(100);
        NodeCall behind = send(10_000);
        timers.advance(100);

        assertInstanceOf(TimeoutException.class, failure(late));
        assertInstanceOf(DisconnectException.class, failure(behind));
        assertTrue(wires.getFirst().closed.isDone());

        NodeCall next = send(10_000);
        timers.advance(50);
        assertEquals(2, wires.size());
        wires.getLast().answer(0);
        assertTrue(isDone(next));
    }

    @Test
    void anAnswerThatComesAfterItsTimeGivesItsMemoryBack() {
        NodeCall late = send(100);
        FakeWire wire = wires.getFirst();
        wire.keepsFutures = true;
        timers.advance(100);
        assertInstanceOf(TimeoutException.class, failure(late));
        AtomicInteger released = new AtomicInteger();
        wire.answers.getFirst().complete(new Answer(ClusterConnectionsTest.groups("g"), released::incrementAndGet));
        assertEquals(1, released.get());
    }

    @Test
    void anIdleConnectionIsClosedOnlyWhenNothingIsInFlight() {
        NodeCall call = send(200_000);
        timers.advance(100_000);
        assertFalse(wires.getFirst().closed.isDone());
        wires.getFirst().answer(0);
        assertTrue(isDone(call));
        timers.advance(59_999);
        assertTrue(link.isReady());
        timers.advance(1);
        assertFalse(link.isReady());
        assertTrue(wires.getFirst().closed.isDone());

        NodeCall next = send(1_000);
        assertEquals(2, wires.size(), "no pause after a connection that was merely idle");
        wires.getLast().answer(0);
        assertTrue(isDone(next));
    }

    @Test
    void aSessionThatIsAboutToEndIsRenewedWhenNothingIsInFlight() {
        sessionLifetimeMs = 1_000;
        NodeCall first = send(10_000);
        timers.advance(950);
        NodeCall second = send(10_000);
        assertEquals(1, wires.size());
        assertFalse(wires.getFirst().closed.isDone());

        wires.getFirst().answer(0);

        assertTrue(isDone(first));
        assertTrue(wires.getFirst().closed.isDone());
        assertEquals(2, wires.size());
        wires.getLast().answer(0);
        assertTrue(isDone(second));
    }

    @Test
    void oneTooManyFailsAndTheOthersStay() {
        link = link(Map.of(ConnectionSettings.MAX_WAITING_REQUESTS, 2));
        NodeCall first = send(10_000);
        NodeCall second = send(10_000);
        assertInstanceOf(TimeoutException.class, failure(send(10_000)));
        wires.getFirst().answer(0);
        wires.getFirst().answer(1);
        assertTrue(isDone(first) && isDone(second));
    }

    @Test
    void aClosedLinkConnectsNoMore() {
        NodeCall inFlight = send(10_000);
        link.close();
        assertInstanceOf(DisconnectException.class, failure(inFlight));
        assertTrue(wires.getFirst().closed.isDone());
        assertInstanceOf(UnreachableException.class, failure(send(10_000)));
        timers.advance(100_000);
        assertEquals(1, attempts.get());
        assertEquals(0, timers.tasks.size());
    }

    private static boolean isDone(NodeCall call) {
        return call.answer().toCompletableFuture().isDone()
                && !call.answer().toCompletableFuture().isCompletedExceptionally();
    }

    private static Throwable failure(NodeCall call) {
        CompletableFuture<Answer> answer = call.answer().toCompletableFuture();
        assertTrue(answer.isDone());
        return Failures.cause(assertThrows(CompletionException.class, answer::join));
    }

    private final class FakeWire implements Wire {
        private final List<CompletableFuture<Answer>> answers = new ArrayList<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private boolean keepsFutures;

        void answer(int index) {
            answers.get(index).complete(new Answer(ClusterConnectionsTest.groups("g"), () -> {}));
        }

        @Override
        public NodeVersions versions() {
            try (ScriptedBroker broker = new ScriptedBroker()) {
                return NodeVersions.of(broker.apiVersions());
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public long sessionLifetimeMs() {
            return sessionLifetimeMs;
        }

        @Override
        public CompletionStage<Answer> send(AbstractRequest request) {
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            answers.add(answer);
            return answer;
        }

        @Override
        public CompletionStage<Void> closed() {
            return closed;
        }

        @Override
        public void close() {
            closed.complete(null);
            if (!keepsFutures) {
                answers.forEach(answer -> answer.completeExceptionally(new DisconnectException("closed")));
            }
        }
    }

    private static final class ManualTimers implements Timers {
        private record Task(long atMs, Runnable action) {}

        private final List<Task> tasks = new ArrayList<>();
        private long now = 1_000;

        void advance(long ms) {
            long untilMs = now + ms;
            while (true) {
                Task next = tasks.stream()
                        .filter(task -> task.atMs <= untilMs)
                        .min(Comparator.comparingLong(Task::atMs))
                        .orElse(null);
                if (next == null) {
                    now = untilMs;
                    return;
                }
                tasks.remove(next);
                now = Math.max(now, next.atMs);
                next.action.run();
            }
        }

        @Override
        public long nowMs() {
            return now;
        }

        @Override
        public Runnable after(long delayMs, Runnable action) {
            Task task = new Task(now + delayMs, action);
            tasks.add(task);
            return () -> tasks.remove(task);
        }

        @Override
        public double random() {
            return 0.5;
        }
    }
}
