package io.sampo.tcp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.junit.jupiter.api.Test;

/// Requests that wait for minutes, such as for the other members of a group, hold none of the node's memory for
/// requests, unless they are large.
class ParkedRequestsTest {

    private static final short JOIN_VERSION = 9;
    private static final long BUDGET_BYTES = 64 * 1024;

    private final ConcurrentLinkedQueue<ClientRequest> parked = new ConcurrentLinkedQueue<>();

    private TestBroker parking() throws Exception {
        SocketSettings d = SocketSettings.defaults();
        SocketSettings small = new SocketSettings(
                d.socketRequestMaxBytes(),
                BUDGET_BYTES,
                d.maxConnections(),
                d.maxConnectionsPerIp(),
                d.connectionsMaxIdleMs(),
                d.authenticationMaxBytes(),
                d.authenticationTimeoutMs(),
                d.failedAuthenticationDelayMs(),
                d.frameTimeoutMs(),
                d.slowReaderTimeoutMs(),
                d.maxInFlightRequestsPerConnection(),
                d.listenBacklog(),
                -1,
                -1,
                d.transport());
        return new TestBroker(small, builder -> builder.serve(ApiKeys.JOIN_GROUP, parked::add));
    }

    private static JoinGroupRequest join(int metadataBytes) {
        JoinGroupRequestData data = new JoinGroupRequestData()
                .setGroupId("group")
                .setProtocolType("consumer")
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(60_000);
        byte[] metadata = new byte[metadataBytes];
        Arrays.fill(metadata, (byte) 7);
        data.protocols()
                .add(new JoinGroupRequestData.JoinGroupRequestProtocol()
                        .setName("range")
                        .setMetadata(metadata));
        return new JoinGroupRequest.Builder(data).build(JOIN_VERSION);
    }

    private static void answer(ClientRequest request) {
        byte[] metadata = ((JoinGroupRequest) request.body())
                .data()
                .protocols()
                .iterator()
                .next()
                .metadata();
        for (byte b : metadata) {
            assertEquals(7, b);
        }
        request.respond(new JoinGroupResponse(new JoinGroupResponseData().setMemberId("m"), JOIN_VERSION));
    }

    @Test
    void manyMembersWaitForTheirGroupOnASmallBudget() throws Exception {
        int members = 100;
        int metadataBytes = 4_000;
        assertTrue(members * metadataBytes > 4 * BUDGET_BYTES);
        try (TestBroker broker = parking()) {
            List<WireClient> clients = new ArrayList<>();
            for (int i = 0; i < members; i++) {
                WireClient client = broker.connect();
                client.send(ApiKeys.JOIN_GROUP, join(metadataBytes), i);
                clients.add(client);
            }
            TestBroker.await("all of them wait", () -> parked.size() == members);
            TestBroker.await("none is charged", () -> broker.server().requestBytesInUse() == 0);
            parked.forEach(ParkedRequestsTest::answer);
            for (int i = 0; i < members; i++) {
                clients.get(i).receive(ApiKeys.JOIN_GROUP, JOIN_VERSION, i);
                clients.get(i).close();
            }
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void largeOnesStayChargedUntilTheyAreAnswered() throws Exception {
        int clientCount = 10;
        int metadataBytes = 40_000;
        try (TestBroker broker = parking()) {
            List<WireClient> clients = new ArrayList<>();
            for (int i = 0; i < clientCount; i++) {
                WireClient client = broker.connect();
                client.send(ApiKeys.JOIN_GROUP, join(metadataBytes), i);
                clients.add(client);
            }
            for (int answered = 0; answered < clientCount; answered++) {
                TestBroker.await("a request", () -> !parked.isEmpty());
                assertTrue(parked.size() <= 3, "waiting: " + parked.size());
                assertTrue(broker.server().requestBytesInUse() >= metadataBytes, "a request is not charged");
                answer(parked.remove());
            }
            for (int i = 0; i < clientCount; i++) {
                clients.get(i).receive(ApiKeys.JOIN_GROUP, JOIN_VERSION, i);
                clients.get(i).close();
            }
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    /// What the node relies on when it gives a buffer back before the request is answered.
    @Test
    void whatIsParsedOfTheseRequestsIsACopy() {
        JoinGroupRequestData join = join(100).data().setMemberId("member").setGroupInstanceId("instance");
        SyncGroupRequestData sync =
                new SyncGroupRequestData().setGroupId("group").setMemberId("member");
        sync.assignments()
                .add(new SyncGroupRequestData.SyncGroupRequestAssignment()
                        .setMemberId("member")
                        .setAssignment(new byte[] {1, 2, 3}));
        FetchRequestData fetch = new FetchRequestData().setRackId("rack");
        fetch.topics().add(new FetchRequestData.FetchTopic().setTopicId(new Uuid(1, 2)));
        fetch.topics().getFirst().partitions().add(new FetchRequestData.FetchPartition().setFetchOffset(5));
        fetch.forgottenTopicsData().add(new FetchRequestData.ForgottenTopic().setTopicId(new Uuid(3, 4)));
        for (var message : List.of(join, sync, fetch)) {
            message.unknownTaggedFields().add(new RawTaggedField(9_999, new byte[] {4, 5, 6}));
            ApiKeys api = ApiKeys.forId(message.apiKey());
            short version = api.latestVersion(false);
            ByteBuffer written =
                    MessageUtil.toByteBufferAccessor(message, version).buffer();
            ByteBuffer buffer =
                    ByteBuffer.allocateDirect(written.remaining()).put(written).flip();
            var parsed = AbstractRequest.parseRequest(api, version, new ByteBufferAccessor(buffer)).request;
            for (int i = 0; i < buffer.limit(); i++) {
                buffer.put(i, (byte) 0xEE);
            }
            assertEquals(message, Objects.requireNonNull(parsed.data()), api.name());
        }
    }
}
