package io.sampo.tcp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.junit.jupiter.api.Test;

class RoundTripTest {

    private static final ConcurrentLinkedQueue<ClientRequest> PARKED = new ConcurrentLinkedQueue<>();

    private static ListGroupsRequest listGroups() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
    }

    private static ListGroupsResponse groups(int throttleTimeMs) {
        return new ListGroupsResponse(new ListGroupsResponseData().setThrottleTimeMs(throttleTimeMs));
    }

    @Test
    void aRealAdminClientDescribesTheCluster() throws Exception {
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), _ -> {});
                Admin admin = Admin.create(Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                        "127.0.0.1:" + broker.address().getPort()))) {
            assertEquals(
                    TestBroker.CLUSTER_ID, admin.describeCluster().clusterId().get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void answersLeaveInTheOrderOfTheRequestsHoweverTheyAreGiven() throws Exception {
        PARKED.clear();
        try (TestBroker broker =
                        new TestBroker(SocketSettings.defaults(), b -> b.serve(ApiKeys.LIST_GROUPS, PARKED::add));
                WireClient client = broker.connect()) {
            for (int i = 0; i < 5; i++) {
                client.send(ApiKeys.LIST_GROUPS, listGroups(), i);
            }
            TestBroker.await("five requests in flight", () -> PARKED.size() == 5);
            List<ClientRequest> requests = List.copyOf(PARKED);
            for (int i = 4; i >= 0; i--) {
                requests.get(i).respond(groups(i));
            }
            for (int i = 0; i < 5; i++) {
                ListGroupsResponse response = (ListGroupsResponse) client.receive(ApiKeys.LIST_GROUPS, (short) 4, i);
                assertEquals(i, response.throttleTimeMs());
            }
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void requestsThatWaitLearnThatTheirClientHasGone() throws Exception {
        int count = 1000;
        AtomicInteger waiting = new AtomicInteger();
        AtomicInteger gone = new AtomicInteger();
        RequestHandler park = request -> {
            request.onAbandoned(() -> {
                assertTrue(request.isAbandoned());
                request.respond(groups(0));
                gone.incrementAndGet();
            });
            waiting.incrementAndGet();
        };
        List<WireClient> clients = new ArrayList<>();
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), b -> b.serve(ApiKeys.LIST_GROUPS, park))) {
            for (int i = 0; i < count; i++) {
                WireClient client = broker.connect();
                clients.add(client);
                client.send(ApiKeys.LIST_GROUPS, listGroups(), i);
            }
            TestBroker.await("all wait", () -> waiting.get() == count);
            assertEquals(0, gone.get());
            assertTrue(broker.server().requestBytesInUse() > 0);

            for (WireClient client : clients) {
                client.close();
            }

            TestBroker.await("all are told", () -> gone.get() == count);
            TestBroker.await("their memory is back", () -> broker.server().requestBytesInUse() == 0);
        } finally {
            for (WireClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aRequestThatStartsToWaitAfterItsClientHasGoneIsToldAtOnce() throws Exception {
        PARKED.clear();
        try (TestBroker broker =
                new TestBroker(SocketSettings.defaults(), b -> b.serve(ApiKeys.LIST_GROUPS, PARKED::add))) {
            try (WireClient client = broker.connect()) {
                client.send(ApiKeys.LIST_GROUPS, listGroups(), 1);
                TestBroker.await("it is here", () -> !PARKED.isEmpty());
                assertFalse(PARKED.element().isAbandoned());
            }
            ClientRequest request = PARKED.element();
            TestBroker.await("the client has gone", request::isAbandoned);

            request.onAbandoned(() -> request.respond(groups(0)));

            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void moreThanTheAllowedRequestsInFlightAreNotRead() throws Exception {
        PARKED.clear();
        try (TestBroker broker =
                        new TestBroker(SocketSettings.defaults(), b -> b.serve(ApiKeys.LIST_GROUPS, PARKED::add));
                WireClient client = broker.connect()) {
            for (int i = 0; i < 20; i++) {
                client.send(ApiKeys.LIST_GROUPS, listGroups(), i);
            }
            int most = 0;
            for (int i = 0; i < 20; i++) {
                TestBroker.await("a request", () -> !PARKED.isEmpty());
                most = Math.max(most, PARKED.size());
                PARKED.poll().respond(groups(i));
                assertEquals(
                        i, ((ListGroupsResponse) client.receive(ApiKeys.LIST_GROUPS, (short) 4, i)).throttleTimeMs());
            }
            assertTrue(most <= 5, "in flight: " + most);
        }
    }

    @Test
    void anExceptionOfAHandlerBecomesTheErrorOfThatRequestOnly() throws Exception {
        try (TestBroker broker = new TestBroker(
                        SocketSettings.defaults(),
                        b -> b.serve(ApiKeys.LIST_GROUPS, request -> {
                            throw Errors.COORDINATOR_NOT_AVAILABLE.exception();
                        }));
                WireClient client = broker.connect()) {
            for (int i = 0; i < 2; i++) {
                ListGroupsResponse response =
                        (ListGroupsResponse) client.roundTrip(ApiKeys.LIST_GROUPS, listGroups(), i);
                assertEquals(
                        Errors.COORDINATOR_NOT_AVAILABLE.code(), response.data().errorCode());
            }
        }
    }

    @Test
    void anUnknownVersionOfApiVersionsGetsAVersion0AnswerThatNamesTheKnownOnes() throws Exception {
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), _ -> {});
                WireClient client = broker.connect()) {
            // KIP-511: the header of a later version starts with the same fields.
            java.nio.ByteBuffer request = java.nio.ByteBuffer.allocate(32);
            request.putShort(ApiKeys.API_VERSIONS.id).putShort((short) 99).putInt(7);
            request.putShort((short) 1).put((byte) 'x').put((byte) 0).flip();
            client.send(WireClient.frame(request));
            ApiVersionsResponse response = (ApiVersionsResponse) client.receive(ApiKeys.API_VERSIONS, (short) 0, 7);
            assertEquals(Errors.UNSUPPORTED_VERSION.code(), response.data().errorCode());
            assertEquals(
                    ApiKeys.API_VERSIONS.latestVersion(),
                    response.apiVersion(ApiKeys.API_VERSIONS.id).maxVersion());
            // and the connection goes on
            ApiVersionsRequest again = new ApiVersionsRequest.Builder().build((short) 3);
            ApiVersionsResponse second = (ApiVersionsResponse) client.roundTrip(ApiKeys.API_VERSIONS, again, 8);
            assertEquals(Errors.NONE.code(), second.data().errorCode());
        }
    }

    @Test
    void aClientWithoutANameInApiVersionsIsInvalid() throws Exception {
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), _ -> {});
                WireClient client = broker.connect()) {
            ApiVersionsRequest nameless = new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 3);
            ApiVersionsResponse response = (ApiVersionsResponse) client.roundTrip(ApiKeys.API_VERSIONS, nameless, 1);
            assertEquals(Errors.INVALID_REQUEST.code(), response.data().errorCode());
        }
    }
}
