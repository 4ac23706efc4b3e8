package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sampo.core.cluster.NodeAddress;
import io.sampo.core.config.BrokerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void theDirectoryOfANodeIsAllThatItTakesToStartIt() throws IOException {
        LocalCluster cluster = new LocalCluster(3, 19_092, directory, Map.of("num.partitions", "6"));
        cluster.writeSettings(2);

        NodeOptions options = NodeOptions.read(null, null, directory.resolve("node-2"), Map.of());

        BrokerConfig config = BrokerConfig.parse(options.properties());
        assertEquals(2, config.nodeId());
        assertEquals(19_093, config.listeners().getFirst().port());
        assertEquals(new NodeAddress("127.0.0.1", 29_093), config.cluster().clusterListener());
        assertEquals(new NodeAddress("127.0.0.1", 39_093), config.cluster().replicationListener());
        assertEquals(3, config.cluster().bootstrapNodes().size());
        assertEquals(3, config.getInt("default.replication.factor"));
        assertEquals(3, config.getInt("offsets.topic.replication.factor"));
        assertEquals(6, config.getInt("num.partitions"));
        assertEquals(List.of(), config.warnings());
        assertFalse(options.properties().containsKey("log.dir"));
    }

    @Test
    void oneThreeOrFiveNodesFoundAndTheOthersJoin() {
        for (Map.Entry<Integer, Integer> expected :
                Map.of(1, 1, 2, 1, 3, 3, 4, 3, 5, 5, 9, 5).entrySet()) {
            LocalCluster cluster = new LocalCluster(expected.getKey(), 9092, directory, Map.of());
            BrokerConfig last = BrokerConfig.parse(cluster.of(expected.getKey()));

            assertEquals(expected.getValue(), last.cluster().bootstrapNodes().size());
            assertEquals(Math.min(3, expected.getKey()), last.getInt("default.replication.factor"));
        }
    }
}
