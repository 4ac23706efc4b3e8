package io.sampo.tcp.server;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.util.ArrayList;
import java.util.Queue;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;

/// Brokers with limits that a test can reach, which serve one API, ListGroups.
final class LimitedBroker {
    private LimitedBroker() {}

    /// Small limits, so that a test reaches each in well under a second.
    static SocketSettings small() {
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

    static SocketSettings with(int maxFrameBytes, long budgetBytes) {
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

    /// Answers nothing by itself: the test takes the requests from `parked` and answers them.
    static TestBroker parking(SocketSettings settings, Queue<ClientRequest> parked) throws Exception {
        return new TestBroker(settings, builder -> builder.serve(ApiKeys.LIST_GROUPS, parked::add));
    }

    /// Answers each request at once.
    static TestBroker answering(SocketSettings settings) throws Exception {
        return new TestBroker(settings, builder -> builder.serve(ApiKeys.LIST_GROUPS, LimitedBroker::answer));
    }

    static void answer(ClientRequest request) {
        request.respond(new ListGroupsResponse(new ListGroupsResponseData()));
    }

    /// A valid request of about `bytes` bytes.
    static ListGroupsRequest listGroups(int bytes) {
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

    static void assertServed(TestBroker broker) throws Exception {
        try (WireClient healthy = broker.connect()) {
            healthy.roundTrip(ApiKeys.LIST_GROUPS, listGroups(0), 1);
        }
    }
}
