package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.UnsupportedFeature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeResponse;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The client's connections against a broker on a real socket.
@NullMarked
class ClusterConnectionsTest {

    private static ClientSystem system;

    @BeforeAll
    static void startSystem() {
        system = ClientSystem.start("connections-test");
    }

    @AfterAll
    static void endSystem() {
        system.close();
    }

    static ClusterConnections connect(String bootstrap, Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", bootstrap);
        return ClusterConnections.open(system.system(), ConnectionSettings.of(settings));
    }

    @Test
    void agreesOnTheHighestCommonVersionAndNamesWhatIsMissing() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            broker.limit(ApiKeys.LIST_GROUPS, 0, 3);
            broker.without(ApiKeys.HEARTBEAT);
            broker.limit(ApiKeys.METADATA, 0, 9);
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> groups("g"));
            try (ClusterConnections cluster = connect(broker.address(), Map.of())) {
                ClusterView view = join(cluster.refresh(Set.of()));
                assertEquals(Set.of(1), view.nodes().keySet());
                try (Answer answer = join(cluster.send(1, listGroups(), 5_000))) {
                    assertEquals(
                            "g",
                            answer.as(ListGroupsResponse.class)
                                    .data()
                                    .groups()
                                    .getFirst()
                                    .groupId());
                }
                assertEquals(3, broker.requests(ApiKeys.LIST_GROUPS).getFirst().version());
                assertEquals(9, broker.requests(ApiKeys.METADATA).getFirst().version());
                assertEquals((short) 3, join(cluster.version(1, ApiKeys.LIST_GROUPS)));
                assertEquals((short) -1, join(cluster.version(1, ApiKeys.HEARTBEAT)));
                UnsupportedFeature missing =
                        assertInstanceOf(UnsupportedFeature.class, failure(cluster.send(1, heartbeat(), 5_000)));
                assertTrue(String.valueOf(missing.getMessage()).contains("Heartbeat"), missing.getMessage());
            }
        }
    }

    @Test
    void fallsBackToAnOlderApiVersionsAsBrokersOf28Do() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            broker.limitApiVersions(0);
            try (ClusterConnections cluster = connect(broker.address(), Map.of())) {
                assertEquals(Set.of(1), join(cluster.refresh(Set.of())).nodes().keySet());
                assertEquals(0, broker.requests(ApiKeys.API_VERSIONS).getFirst().version());
            }
        }
    }

    @Test
    void topicErrorsAreInTheView() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker();
                ClusterConnections cluster = connect(broker.address(), Map.of())) {
            ClusterView view = join(cluster.refresh(Set.of("nowhere")));
            assertEquals(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    view.topic("nowhere").orElseThrow().error());
            assertEquals(view, cluster.view());
        }
    }

    @Test
    void aDeadFirstAddressIsPassedOver() throws Exception {
        int deadPort;
        try (ServerSocket dead = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            deadPort = dead.getLocalPort();
        }
        try (ScriptedBroker broker = new ScriptedBroker()) {
            for (int i = 0; i < 4; i++) {
                try (ClusterConnections cluster = connect("127.0.0.1:" + deadPort + "," + broker.address(), Map.of())) {
                    assertEquals(
                            Set.of(1), join(cluster.refresh(Set.of())).nodes().keySet());
                }
            }
        }
    }

    @Test
    void withoutAnyBrokerAQuestionEndsWithItsTime() throws Exception {
        int deadPort;
        try (ServerSocket dead = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            deadPort = dead.getLocalPort();
        }
        try (ClusterConnections cluster =
                connect("127.0.0.1:" + deadPort, Map.of("request.timeout.ms", 300, "reconnect.backoff.ms", 10))) {
            assertInstanceOf(TimeoutException.class, failure(cluster.refresh(Set.of())));
        }
    }

    @Test
    void aConnectionThatEndsFailsWhatIsInFlightAndTheNextRequestConnectsAnew() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker();
                ClusterConnections cluster = connect(broker.address(), Map.of())) {
            join(cluster.refresh(Set.of()));
            CompletionStage<Answer> cut = cluster.send(1, listGroups(), 20_000);
            await("the request", () -> broker.requests(ApiKeys.LIST_GROUPS).size() == 1);
            broker.disconnectAll();
            assertInstanceOf(DisconnectException.class, failure(cut));
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> groups("after"));
            join(cluster.send(1, listGroups(), 20_000)).close();
        }
    }

    @Test
    void aLateAnswerIsNeverTakenForAnotherOne() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker();
                ClusterConnections cluster = connect(broker.address(), Map.of())) {
            join(cluster.refresh(Set.of()));
            CountDownLatch late = new CountDownLatch(1);
            AtomicInteger asked = new AtomicInteger();
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> {
                int number = asked.incrementAndGet();
                if (number == 1) {
                    late.await();
                }
                return groups("answer-" + number);
            });
            CompletionStage<Answer> first = cluster.send(1, listGroups(), 200);
            CompletionStage<Answer> behind = cluster.send(1, listGroups(), 20_000);
            assertInstanceOf(TimeoutException.class, failure(first));
            assertInstanceOf(DisconnectException.class, failure(behind));
            late.countDown();
            try (Answer answer = join(cluster.send(1, listGroups(), 20_000))) {
                String group = answer.as(ListGroupsResponse.class)
                        .data()
                        .groups()
                        .getFirst()
                        .groupId();
                assertEquals("answer-" + asked.get(), group);
                assertTrue(asked.get() > 1);
            }
        }
    }

    @Test
    void aFetchThatTheBrokerHoldsHoldsUpNeitherAHeartbeatNorAnotherFetch() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker();
                ClusterConnections cluster = connect(broker.address(), Map.of())) {
            join(cluster.refresh(Set.of()));
            CountDownLatch held = new CountDownLatch(1);
            AtomicInteger fetches = new AtomicInteger();
            broker.on(ApiKeys.FETCH, (_, _) -> {
                if (fetches.incrementAndGet() == 1) {
                    held.await();
                }
                return FetchResponse.of(Errors.NONE, 0, 0, new LinkedHashMap<>(), List.of());
            });
            broker.on(ApiKeys.HEARTBEAT, (_, _) -> new HeartbeatResponse(new HeartbeatResponseData()));
            CompletionStage<Answer> first = cluster.send(1, fetch(), 20_000);
            await("the first fetch", () -> fetches.get() == 1);
            join(cluster.send(1, heartbeat(), 20_000)).close();
            join(cluster.send(1, fetch(), 20_000)).close();
            int connections = broker.accepted();
            join(cluster.send(1, fetch(), 20_000)).close();
            assertEquals(connections, broker.accepted(), "a connection that nobody waits for is used again");
            held.countDown();
            join(first).close();
        }
    }

    @Test
    void anIdleConnectionIsClosedAndMadeAnew() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> groups("g"));
            try (ClusterConnections cluster = connect(broker.address(), Map.of("connections.max.idle.ms", 150))) {
                join(cluster.refresh(Set.of()));
                join(cluster.send(1, listGroups(), 20_000)).close();
                await("no connection", () -> cluster.connectionCount() == 0);
                join(cluster.send(1, listGroups(), 20_000)).close();
                assertEquals(1, cluster.connectionCount());
            }
        }
    }

    @Test
    void tooManyWaitingRequestsAreRefused() throws Exception {
        List<CompletionStage<Answer>> taken = new ArrayList<>();
        try (ScriptedBroker broker = new ScriptedBroker()) {
            try (ClusterConnections cluster =
                    connect(broker.address(), Map.of(ConnectionSettings.MAX_WAITING_REQUESTS, 3))) {
                join(cluster.refresh(Set.of()));
                for (int i = 0; i < 3; i++) {
                    taken.add(cluster.send(1, listGroups(), 20_000));
                }
                assertInstanceOf(TimeoutException.class, failure(cluster.send(1, listGroups(), 20_000)));
            }
            for (CompletionStage<Answer> answer : taken) {
                assertInstanceOf(DisconnectException.class, failure(answer));
            }
        }
    }

    @Test
    void closingFailsWhatIsPendingAndClosesEverySocket() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            ClusterConnections cluster = connect(broker.address(), Map.of());
            join(cluster.refresh(Set.of()));
            CompletionStage<Answer> pending = cluster.send(1, listGroups(), 20_000);
            CompletionStage<Answer> held = cluster.send(1, fetch(), 20_000);
            await(
                    "both requests",
                    () -> broker.requests(ApiKeys.LIST_GROUPS).size() == 1
                            && broker.requests(ApiKeys.FETCH).size() == 1);
            cluster.close();
            assertInstanceOf(DisconnectException.class, failure(pending));
            assertInstanceOf(DisconnectException.class, failure(held));
            assertInstanceOf(DisconnectException.class, failure(cluster.send(1, listGroups(), 1_000)));
            assertInstanceOf(DisconnectException.class, failure(cluster.refresh(Set.of())));
            assertInstanceOf(DisconnectException.class, failure(cluster.sendToAny(listGroups(), 1_000)));
            await("every socket closed", () -> broker.open() == 0);
        }
    }

    @Test
    void authenticatesBeforeTheFirstRequest() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            acceptPlain(broker, "alice", "secret");
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> groups("g"));
            try (ClusterConnections cluster = connect(broker.address(), plain("alice", "secret"))) {
                join(cluster.refresh(Set.of()));
                join(cluster.send(1, listGroups(), 5_000)).close();
            }
        }
    }

    @Test
    void aWrongPasswordFailsAtOnceAndIsNotTriedInATightLoop() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            acceptPlain(broker, "alice", "secret");
            Map<String, Object> settings = new HashMap<>(plain("alice", "guess"));
            settings.put("reconnect.backoff.ms", 60_000);
            settings.put("reconnect.backoff.max.ms", 60_000);
            try (ClusterConnections cluster = connect(broker.address(), settings)) {
                for (int i = 0; i < 20; i++) {
                    assertInstanceOf(
                            SaslAuthenticationException.class, failure(cluster.sendToAny(listGroups(), 5_000)));
                }
                assertEquals(1, broker.accepted());
            }
        }
    }

    @Test
    void aMechanismThatIsNotEnabledIsNamed() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            broker.on(
                    ApiKeys.SASL_HANDSHAKE,
                    (_, _) -> new SaslHandshakeResponse(new SaslHandshakeResponseData()
                            .setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code())
                            .setMechanisms(List.of("GSSAPI"))));
            try (ClusterConnections cluster = connect(broker.address(), plain("alice", "secret"))) {
                Throwable failure = failure(cluster.refresh(Set.of()));
                assertInstanceOf(UnsupportedSaslMechanismException.class, failure);
                assertTrue(String.valueOf(failure.getMessage()).contains("GSSAPI"), failure.getMessage());
            }
        }
    }

    @Test
    void aSessionIsRenewedBeforeItExpires() throws Exception {
        try (ScriptedBroker broker = new ScriptedBroker()) {
            acceptPlain(broker, "alice", "secret", 100);
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> groups("g"));
            try (ClusterConnections cluster = connect(broker.address(), plain("alice", "secret"))) {
                join(cluster.refresh(Set.of()));
                join(cluster.send(1, listGroups(), 5_000)).close();
                int before = broker.requests(ApiKeys.SASL_AUTHENTICATE).size();
                await("another login", () -> {
                    join(cluster.send(1, listGroups(), 5_000)).close();
                    return broker.requests(ApiKeys.SASL_AUTHENTICATE).size() > before;
                });
            }
        }
    }

    private static void acceptPlain(ScriptedBroker broker, String user, String password) {
        acceptPlain(broker, user, password, 0);
    }

    private static void acceptPlain(ScriptedBroker broker, String user, String password, long sessionLifetimeMs) {
        broker.on(
                ApiKeys.SASL_HANDSHAKE,
                (_, _) -> new SaslHandshakeResponse(new SaslHandshakeResponseData().setMechanisms(List.of("PLAIN"))));
        broker.on(ApiKeys.SASL_AUTHENTICATE, (request, _) -> {
            String token = new String(
                    ((SaslAuthenticateRequest) request).data().authBytes(), java.nio.charset.StandardCharsets.UTF_8);
            SaslAuthenticateResponseData data =
                    new SaslAuthenticateResponseData().setSessionLifetimeMs(sessionLifetimeMs);
            if (!token.equals("\0" + user + "\0" + password)) {
                data.setErrorCode(Errors.SASL_AUTHENTICATION_FAILED.code()).setErrorMessage("no");
            }
            return new SaslAuthenticateResponse(data);
        });
    }

    static Map<String, Object> plain(String user, String password) {
        return Map.of(
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + user + "\" password=\""
                        + password + "\";");
    }

    static ListGroupsRequest.Builder listGroups() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData());
    }

    static ListGroupsResponse groups(String name) {
        ListGroupsResponseData data = new ListGroupsResponseData();
        data.groups().add(new ListGroupsResponseData.ListedGroup().setGroupId(name));
        return new ListGroupsResponse(data);
    }

    private static HeartbeatRequest.Builder heartbeat() {
        return new HeartbeatRequest.Builder(
                new HeartbeatRequestData().setGroupId("g").setMemberId("m"));
    }

    private static FetchRequest.Builder fetch() {
        return FetchRequest.Builder.forConsumer(ApiKeys.FETCH.latestVersion(), 100, 1, Map.of());
    }

    static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    static Throwable failure(CompletionStage<?> stage) {
        return Failures.cause(assertThrows(CompletionException.class, () -> join(stage)));
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException, IOException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNs) {
                throw new AssertionError("not within 20 s: " + what);
            }
            Thread.sleep(5);
        }
    }
}
