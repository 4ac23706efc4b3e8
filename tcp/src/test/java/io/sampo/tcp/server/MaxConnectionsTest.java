package io.sampo.tcp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.junit.jupiter.api.Test;

/// `max.connections`, the limit of the whole node.
class MaxConnectionsTest {

    private static final int MAX_CONNECTIONS = 4;

    private static SocketSettings settings() {
        SocketSettings d = SocketSettings.defaults();
        return new SocketSettings(
                d.socketRequestMaxBytes(),
                d.queuedMaxRequestBytes(),
                MAX_CONNECTIONS,
                100,
                d.connectionsMaxIdleMs(),
                d.authenticationMaxBytes(),
                d.authenticationTimeoutMs(),
                d.failedAuthenticationDelayMs(),
                d.frameTimeoutMs(),
                d.slowReaderTimeoutMs(),
                d.maxInFlightRequestsPerConnection(),
                d.listenBacklog(),
                d.receiveBufferBytes(),
                d.sendBufferBytes(),
                d.transport());
    }

    private static WireClient served(TestBroker broker) throws Exception {
        WireClient client = broker.connect();
        client.roundTrip(ApiKeys.API_VERSIONS, new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0), 1);
        return client;
    }

    @Test
    void connectionsAboveTheLimitAreClosedAndAPlaceThatIsFreeAgainIsGiven() throws Exception {
        try (TestBroker broker = new TestBroker(settings(), _ -> {})) {
            List<WireClient> clients = new ArrayList<>();
            for (int i = 0; i < MAX_CONNECTIONS; i++) {
                clients.add(served(broker));
            }
            for (int i = 0; i < 3; i++) {
                try (WireClient oneTooMany = broker.connect()) {
                    assertTrue(oneTooMany.isClosedByServer());
                }
            }
            assertEquals(MAX_CONNECTIONS, broker.server().connectionCount());
            clients.removeFirst().close();
            TestBroker.await("a place is free", () -> broker.server().connectionCount() == MAX_CONNECTIONS - 1);
            clients.add(served(broker));
            for (WireClient client : clients) {
                client.close();
            }
        }
    }
}
