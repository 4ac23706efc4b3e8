package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.config.BrokerConfig;
import io.sampo.persistence.compaction.CleanerSettings;
import io.sampo.tcp.server.ConnectionLimits;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeSettingsTest {
    @Test
    void aClientCannotMakeTheCleanerTakeTheHeap() {
        CleanerSettings cleaner = NodeSettings.cleaner(BrokerConfig.parse(Map.of(
                "log.cleaner.io.buffer.size", "2147483647",
                "log.cleaner.dedupe.buffer.size", "9223372036854775807")));

        assertTrue(cleaner.ioBufferBytes() <= Runtime.getRuntime().maxMemory() / 16);
        assertTrue(cleaner.dedupeBufferBytes() <= Runtime.getRuntime().maxMemory() / 4);
    }

    @Test
    void whatTheConfigurationAllowsTheCleanerAllows() {
        CleanerSettings smallest = NodeSettings.cleaner(BrokerConfig.parse(Map.of(
                "log.cleaner.io.buffer.size", "1",
                "log.cleaner.dedupe.buffer.size", "1024",
                "log.cleaner.io.buffer.load.factor", "0.001",
                "log.cleaner.io.max.bytes.per.second", "0.1")));

        assertEquals(1024, smallest.dedupeBufferBytes());
        assertEquals(1, smallest.ioBufferBytes());
    }

    @Test
    void limitsOfUnknownHostsAreLeftOut() throws Exception {
        ConnectionLimits limits = NodeSettings.connectionLimits(BrokerConfig.parse(
                Map.of("max.connections.per.ip.overrides", "127.0.0.1:5,no.such.host.invalid:7,::1:6")));

        assertEquals(
                Map.of(InetAddress.getByName("127.0.0.1"), 5, InetAddress.getByName("::1"), 6),
                limits.perIpOverrides());
    }
}
