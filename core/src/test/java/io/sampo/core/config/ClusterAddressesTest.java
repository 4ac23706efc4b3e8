package io.sampo.core.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.cluster.NodeAddress;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class ClusterAddressesTest {
    private static final String LIST = "sampo.cluster.bootstrap.nodes";

    @Test
    void withoutAnythingGivenAClusterIsOfOneNodeOnLoopback() {
        ClusterAddresses cluster = BrokerConfig.parse(Map.of()).cluster();

        assertEquals(List.of(), cluster.bootstrapNodes());
        assertEquals(new NodeAddress("127.0.0.1", 19_092), cluster.clusterListener());
        assertEquals(new NodeAddress("127.0.0.1", 29_092), cluster.replicationListener());
        assertFalse(cluster.clusterListenerIsGiven());
        assertFalse(cluster.replicationListenerIsGiven());
    }

    @Test
    void hostAndPortsFollowTheFirstListener() {
        ClusterAddresses named = listeners("PLAINTEXT://node-1.example.org:1000,SSL://0.0.0.0:2000")
                .cluster();
        ClusterAddresses anyPort = listeners("PLAINTEXT://127.0.0.1:0").cluster();
        ClusterAddresses highPort = listeners("PLAINTEXT://127.0.0.1:50000").cluster();

        assertEquals(new NodeAddress("node-1.example.org", 11_000), named.clusterListener());
        assertEquals(new NodeAddress("node-1.example.org", 21_000), named.replicationListener());
        assertEquals(0, anyPort.clusterListener().port());
        assertEquals(0, anyPort.replicationListener().port());
        assertEquals(60_000, highPort.clusterListener().port());
        assertEquals(0, highPort.replicationListener().port());
    }

    @Test
    void whatIsGivenIsTakenAndReplicationFollowsTheClustersHost() {
        ClusterAddresses cluster = BrokerConfig.parse(
                        Map.of("sampo.cluster.listener", "[::1]:7000", LIST, "[::1]:7000, b:7000,c:7000"))
                .cluster();

        assertTrue(cluster.clusterListenerIsGiven());
        assertEquals(new NodeAddress("::1", 7000), cluster.clusterListener());
        assertEquals(new NodeAddress("::1", 29_092), cluster.replicationListener());
        assertEquals(
                List.of(new NodeAddress("::1", 7000), new NodeAddress("b", 7000), new NodeAddress("c", 7000)),
                cluster.bootstrapNodes());
    }

    @Test
    void invalidAddressesAreNamedWithTheirSetting() {
        for (Map.Entry<String, String> bad : List.of(
                Map.entry(LIST, "a:1,b:1"),
                Map.entry(LIST, "a:1,b:1,a:1"),
                Map.entry(LIST, "a"),
                Map.entry(LIST, "a:0"),
                Map.entry(LIST, "a:70000"),
                Map.entry("sampo.cluster.listener", "0.0.0.0:7000"),
                Map.entry("sampo.cluster.listener", "nonsense"),
                Map.entry("sampo.replication.listener", "::1:5"),
                Map.entry("sampo.heartbeat.ms", "501"))) {
            ConfigException wrong = assertThrows(
                    ConfigException.class,
                    () -> BrokerConfig.parse(Map.of(bad.getKey(), bad.getValue())),
                    bad.toString());
            assertTrue(String.valueOf(wrong.getMessage()).contains(bad.getKey()), wrong.getMessage());
        }
    }

    @Test
    void aNodeIdCountsOnlyWhenItWasGiven() {
        assertEquals(OptionalInt.empty(), BrokerConfig.parse(Map.of()).givenNodeId());
        assertEquals(
                OptionalInt.of(4), BrokerConfig.parse(Map.of("node.id", "4")).givenNodeId());
        assertEquals(
                OptionalInt.of(5), BrokerConfig.parse(Map.of("broker.id", "5")).givenNodeId());
    }

    private static BrokerConfig listeners(String listeners) {
        return BrokerConfig.parse(Map.of("listeners", listeners));
    }
}
