package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.sampo.core.cluster.NodeAddress;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ClusterPortsTest {
    private static final NodeAddress LISTENER = new NodeAddress("127.0.0.1", 19_092);

    /// It was thrown past everybody who closes what has been started, and ended the process without a word in its log.
    @Test
    void aCheckedExceptionOfScalasCodeIsARefusedStart() {
        NodeStartException refused = assertThrows(
                NodeStartException.class,
                () -> ClusterPorts.bind(LISTENER, () -> {
                    throw ClusterPortsTest.<RuntimeException>unchecked(new TimeoutException("after 3 s"));
                }));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("127.0.0.1:19092"), message);
        assertTrue(message.contains("after 3 s"), message);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchecked(Throwable failure) throws E {
        throw (E) failure;
    }

    @Test
    void anOverloadedMachineNeitherEndsANodeNorTheCluster() {
        Config config = NodeSystem.config(1, LISTENER, 1);
        assertEquals(Duration.ofSeconds(30), config.getDuration("pekko.remote.artery.bind.bind-timeout"));
        assertEquals(
                Duration.ofSeconds(30),
                config.getDuration("pekko.cluster.split-brain-resolver.down-all-when-unstable"));
    }
}
