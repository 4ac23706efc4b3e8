package io.sampo.tcp.server;

import static io.sampo.tcp.server.LimitedBroker.answer;
import static io.sampo.tcp.server.LimitedBroker.answering;
import static io.sampo.tcp.server.LimitedBroker.listGroups;
import static io.sampo.tcp.server.LimitedBroker.parking;
import static io.sampo.tcp.server.LimitedBroker.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

/// The server as a whole: under a crowd, and when it stops.
class BrokerServerTest {
    private final ConcurrentLinkedQueue<ClientRequest> parked = new ConcurrentLinkedQueue<>();

    @Test
    void aHealthyClientLivesOnBesideAThousandIdleAndGarbageConnections() throws Exception {
        Random random = new Random(42);
        try (TestBroker broker = answering(with(1024 * 1024, 64L * 1024 * 1024));
                WireClient healthy = broker.connect()) {
            List<WireClient> others = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                WireClient other = broker.connect();
                others.add(other);
                if (i % 2 == 0) {
                    byte[] garbage = new byte[random.nextInt(1, 600)];
                    random.nextBytes(garbage);
                    try {
                        other.send(garbage);
                    } catch (IOException closedAlready) {
                        assertFalse(other.socket().isClosed());
                    }
                }
                if (i % 50 == 0) {
                    long startNs = System.nanoTime();
                    healthy.roundTrip(ApiKeys.LIST_GROUPS, listGroups(0), i);
                    long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
                    assertTrue(elapsedMs < 2_000, "round trip took " + elapsedMs + " ms");
                }
            }
            for (int i = 0; i < 100; i++) {
                healthy.roundTrip(ApiKeys.LIST_GROUPS, listGroups(10_000), i);
            }
            for (WireClient other : others) {
                other.close();
            }
            TestBroker.await("all but one are closed", () -> broker.server().connectionCount() == 1);
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void stoppingAnswersWhatIsInFlightAndAcceptsNothingMore() throws Exception {
        try (TestBroker broker = parking(SocketSettings.defaults(), parked);
                WireClient client = broker.connect();
                WireClient idle = broker.connect()) {
            client.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
            TestBroker.await("the request", () -> !parked.isEmpty());
            var stopped = broker.server().stop(Duration.ofSeconds(15)).toCompletableFuture();
            assertTrue(idle.isClosedByServer());
            assertFalse(stopped.isDone());
            answer(parked.remove());
            client.receive(ApiKeys.LIST_GROUPS, (short) 4, 1);
            stopped.get(10, TimeUnit.SECONDS);
            assertTrue(client.isClosedByServer());
        }
    }
}
