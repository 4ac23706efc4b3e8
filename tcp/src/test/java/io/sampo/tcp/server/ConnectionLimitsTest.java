package io.sampo.tcp.server;

import static io.sampo.tcp.server.LimitedBroker.answer;
import static io.sampo.tcp.server.LimitedBroker.listGroups;
import static io.sampo.tcp.server.LimitedBroker.parking;
import static io.sampo.tcp.server.LimitedBroker.small;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;

/// How many connections there may be, and how long one may idle, stay a stranger, or leave its answers unread.
class ConnectionLimitsTest {
    private final ConcurrentLinkedQueue<ClientRequest> parked = new ConcurrentLinkedQueue<>();

    @Test
    void anIdleConnectionIsClosedAndOneThatWaitsForItsAnswerIsNot() throws Exception {
        try (TestBroker broker = parking(small(), parked);
                WireClient idle = broker.connect();
                WireClient waiting = broker.connect()) {
            waiting.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
            TestBroker.await("the request", () -> !parked.isEmpty());
            assertTrue(idle.isClosedByServer());
            TestBroker.await("one is left", () -> broker.server().connectionCount() == 1);
            answer(parked.remove());
            waiting.receive(ApiKeys.LIST_GROUPS, (short) 4, 1);
        }
    }

    @Test
    void connectionsAboveTheLimitPerAddressAreClosedAndAPlaceThatIsFreeAgainIsGiven() throws Exception {
        try (TestBroker broker = parking(small(), parked)) {
            List<WireClient> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                WireClient client = broker.connect();
                client.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
                clients.add(client);
            }
            TestBroker.await("all are served", () -> parked.size() == 6);
            try (WireClient oneTooMany = broker.connect()) {
                assertTrue(oneTooMany.isClosedByServer());
            }
            clients.removeFirst().close();
            TestBroker.await("a place is free", () -> broker.server().connectionCount() == 5);
            try (WireClient next = broker.connect()) {
                next.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
                TestBroker.await("it is served", () -> parked.size() == 7);
            }
            for (WireClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void limitsThatChangeHoldForConnectionsFromThenOn() throws Exception {
        InetAddress here = InetAddress.getByName("127.0.0.1");
        try (TestBroker broker = parking(small(), parked);
                WireClient open = broker.connect()) {
            TestBroker.await("it is open", () -> broker.server().connectionCount() == 1);

            broker.server().changeLimits(new ConnectionLimits(1, 100, Map.of()));
            assertRefused(broker);
            broker.server().changeLimits(new ConnectionLimits(100, 1, Map.of()));
            assertRefused(broker);
            broker.server().changeLimits(new ConnectionLimits(100, 100, Map.of(here, 1)));
            assertRefused(broker);

            broker.server().changeLimits(new ConnectionLimits(100, 1, Map.of(here, 100)));
            open.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
            TestBroker.await("the first one lives on", () -> parked.size() == 1);
            try (WireClient next = broker.connect()) {
                next.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
                TestBroker.await("one more is served", () -> parked.size() == 2);
            }
        }
    }

    private static void assertRefused(TestBroker broker) throws Exception {
        try (WireClient refused = broker.connect()) {
            assertTrue(refused.isClosedByServer());
        }
    }

    @Test
    void aClientThatDoesNotAuthenticateInTimeOrSendsTooMuchIsClosed() throws Exception {
        ListenerSettings sasl = new ListenerSettings(
                "SASL",
                SecurityProtocol.SASL_PLAINTEXT,
                "127.0.0.1",
                0,
                Map.of("sasl.enabled.mechanisms", "SCRAM-SHA-256"));
        try (TestBroker broker = new TestBroker(small(), sasl, _ -> {});
                WireClient silent = broker.connect();
                WireClient loud = broker.connect()) {
            loud.send(ByteBuffer.allocate(4).putInt(1025).array());
            long startNs = System.nanoTime();
            assertTrue(loud.isClosedByServer());
            assertTrue(silent.isClosedByServer());
            long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            assertTrue(elapsedMs < 10_000, "took " + elapsedMs + " ms");
        }
    }

    @Test
    void aClientThatDoesNotReadItsAnswersIsNoLongerReadFromAndClosedInTheEnd() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        ListGroupsResponseData large = new ListGroupsResponseData();
        for (int i = 0; i < 5_000; i++) {
            large.groups().add(new ListGroupsResponseData.ListedGroup().setGroupId("g".repeat(200) + i));
        }
        try (TestBroker broker = new TestBroker(
                        small(),
                        b -> b.serve(ApiKeys.LIST_GROUPS, request -> {
                            handled.incrementAndGet();
                            request.respond(new ListGroupsResponse(large));
                        }));
                WireClient deaf = broker.connect()) {
            byte[] frame = WireClient.frame(WireClient.header(ApiKeys.LIST_GROUPS, (short) 4, 1), listGroups(0));
            Thread flood = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        deaf.send(frame);
                    }
                } catch (IOException closed) {
                    // The end that the test waits for.
                }
            });
            TestBroker.await("the connection is closed", () -> broker.server().connectionCount() == 0);
            flood.join();
            // What the socket buffers of both sides take, and the requests in flight, are 1 MiB answers.
            assertTrue(handled.get() < 30, "answers made for a client that reads none: " + handled.get());
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }
}
