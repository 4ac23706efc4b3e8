package io.sampo.tcp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {

    private final ConcurrentLinkedQueue<ClientRequest> parked = new ConcurrentLinkedQueue<>();

    /// Small limits, so that a test reaches each in well under a second.
    private static SocketSettings small() {
        return new SocketSettings(
                64 * 1024,
                256 * 1024,
                8,
                6,
                400,
                1024,
                400,
                10,
                400,
                400,
                3,
                50,
                -1,
                16 * 1024,
                SocketSettings.Transport.EVENT_LOOP);
    }

    private static SocketSettings with(int maxFrameBytes, long budgetBytes) {
        SocketSettings d = SocketSettings.defaults();
        return new SocketSettings(
                maxFrameBytes,
                budgetBytes,
                d.maxConnections(),
                d.maxConnectionsPerIp(),
                d.connectionsMaxIdleMs(),
                d.authenticationMaxBytes(),
                d.authenticationTimeoutMs(),
                10,
                d.frameTimeoutMs(),
                d.slowReaderTimeoutMs(),
                5,
                d.listenBacklog(),
                -1,
                -1,
                d.transport());
    }

    private TestBroker parking(SocketSettings settings) throws Exception {
        return new TestBroker(settings, builder -> builder.serve(ApiKeys.LIST_GROUPS, parked::add));
    }

    private static TestBroker answering(SocketSettings settings) throws Exception {
        return new TestBroker(settings, builder -> builder.serve(ApiKeys.LIST_GROUPS, LimitsTest::answer));
    }

    private static void answer(ClientRequest request) {
        request.respond(new ListGroupsResponse(new ListGroupsResponseData()));
    }

    /// A valid request of about `bytes` bytes.
    private static ListGroupsRequest listGroups(int bytes) {
        ListGroupsRequestData data = new ListGroupsRequestData();
        if (bytes > 100) {
            data.setStatesFilter(new ArrayList<>());
            String state = "x".repeat(999);
            for (int i = 0; i < bytes / 1001; i++) {
                data.statesFilter().add(state);
            }
        }
        return new ListGroupsRequest.Builder(data).build((short) 4);
    }

    private static void assertServed(TestBroker broker) throws Exception {
        try (WireClient healthy = broker.connect()) {
            healthy.roundTrip(ApiKeys.LIST_GROUPS, listGroups(0), 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 64 * 1024 + 1})
    void aFrameOfAnImpossibleLengthEndsItsConnectionAlone(int length) throws Exception {
        try (TestBroker broker = answering(small());
                WireClient bad = broker.connect()) {
            bad.send(ByteBuffer.allocate(4).putInt(length).array());
            assertTrue(bad.isClosedByServer());
            assertServed(broker);
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void theLargestFrameIsServed() throws Exception {
        try (TestBroker broker = answering(small());
                WireClient client = broker.connect()) {
            byte[] frame = WireClient.frame(WireClient.header(ApiKeys.LIST_GROUPS, (short) 4, 5), listGroups(0));
            byte[] largest = java.util.Arrays.copyOf(frame, 4 + 64 * 1024);
            ByteBuffer.wrap(largest).putInt(0, 64 * 1024);
            client.send(largest);
            client.receive(ApiKeys.LIST_GROUPS, (short) 4, 5);
        }
    }

    @Test
    void memoryFollowsTheBytesThatArriveNotTheLengthThatIsClaimed() throws Exception {
        try (TestBroker broker = answering(with(100 * 1024 * 1024, 256L * 1024 * 1024))) {
            List<WireClient> liars = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                WireClient liar = broker.connect();
                liar.send(ByteBuffer.allocate(104).putInt(100 * 1024 * 1024).array());
                liars.add(liar);
            }
            TestBroker.await("the frames have begun", () -> broker.server().requestBytesInUse() >= 50 * 16 * 1024);
            assertTrue(broker.server().requestBytesInUse() <= 50 * 16 * 1024L);
            assertServed(broker);
            for (WireClient liar : liars) {
                liar.close();
            }
            TestBroker.await("all memory is back", () -> broker.server().requestBytesInUse() == 0);
        }
    }

    @Test
    void requestsBeyondTheNodesBudgetAreNotReadUntilOthersAreAnswered() throws Exception {
        int frameBytes = 60_000;
        long budget = 256 * 1024;
        try (TestBroker broker = parking(with(1024 * 1024, budget))) {
            List<WireClient> clients = new ArrayList<>();
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                WireClient client = broker.connect();
                clients.add(client);
                senders.add(Thread.ofVirtual().start(() -> {
                    try {
                        client.send(ApiKeys.LIST_GROUPS, listGroups(frameBytes), 1);
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }));
            }
            TestBroker.await("some requests", () -> parked.size() >= 3);
            int answered = 0;
            while (answered < 20) {
                TestBroker.await("a request", () -> !parked.isEmpty());
                long used = broker.server().requestBytesInUse();
                assertTrue(used <= budget + 1024 * 1024, "in use: " + used);
                assertTrue(parked.size() <= 6, "in flight: " + parked.size());
                answer(parked.remove());
                answered++;
            }
            for (WireClient client : clients) {
                client.receive(ApiKeys.LIST_GROUPS, (short) 4, 1);
                client.close();
            }
            for (Thread sender : senders) {
                sender.join();
            }
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void anAnswerAfterTheClientHasGoneStillGivesTheMemoryBack() throws Exception {
        try (TestBroker broker = parking(with(1024 * 1024, 1024 * 1024))) {
            try (WireClient client = broker.connect()) {
                client.send(ApiKeys.LIST_GROUPS, listGroups(50_000), 1);
                TestBroker.await("the request", () -> !parked.isEmpty());
            }
            TestBroker.await("the connection is gone", () -> broker.server().connectionCount() == 0);
            assertTrue(broker.server().requestBytesInUse() >= 50_000, "the body was taken from under the handler");
            answer(parked.remove());
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void aFrameThatDoesNotCompleteInTimeEndsItsConnection() throws Exception {
        try (TestBroker broker = answering(small());
                WireClient header = broker.connect();
                WireClient body = broker.connect()) {
            header.send(new byte[] {0, 0});
            body.send(ByteBuffer.allocate(1004).putInt(5000).array());
            assertTrue(header.isClosedByServer());
            assertTrue(body.isClosedByServer());
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void anIdleConnectionIsClosedAndOneThatWaitsForItsAnswerIsNot() throws Exception {
        try (TestBroker broker = parking(small());
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
        try (TestBroker broker = parking(small())) {
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
        try (TestBroker broker = parking(small());
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
                } catch (java.io.IOException closed) {
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
                    } catch (java.io.IOException closedAlready) {
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
        try (TestBroker broker = parking(SocketSettings.defaults());
                WireClient client = broker.connect();
                WireClient idle = broker.connect()) {
            client.send(ApiKeys.LIST_GROUPS, listGroups(0), 1);
            TestBroker.await("the request", () -> !parked.isEmpty());
            var stopped = broker.server().stop(java.time.Duration.ofSeconds(15)).toCompletableFuture();
            assertTrue(idle.isClosedByServer());
            assertFalse(stopped.isDone());
            answer(parked.remove());
            client.receive(ApiKeys.LIST_GROUPS, (short) 4, 1);
            stopped.get(10, TimeUnit.SECONDS);
            assertTrue(client.isClosedByServer());
        }
    }
}
