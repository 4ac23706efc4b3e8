package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class GroupSettingsTest {
    private static GroupSettings of(Map<String, Object> values) {
        Map<String, Object> all = new HashMap<>(values);
        all.putIfAbsent("group.id", "billing");
        return GroupSettings.from(new AbstractConfig(GroupSettings.define(new ConfigDef()), all, false));
    }

    @Test
    void theDefaultsAreKafkas() {
        GroupSettings settings = of(Map.of());
        assertEquals("billing", settings.groupId());
        assertEquals(Optional.empty(), settings.groupInstanceId());
        assertEquals(GroupSettings.Protocol.CLASSIC, settings.protocol());
        assertEquals(List.of("cooperative-sticky"), settings.assignors());
        assertEquals(
                new GroupSettings.Times(45_000, 3_000, 300_000, 30_000, 30_000, 60_000, 100, 1_000, 300_000),
                settings.times());
    }

    @Test
    void valuesAreTakenByKafkasNames() {
        GroupSettings settings = of(Map.of(
                "group.instance.id", "node-1",
                "partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor,sticky",
                "client.rack", "r1",
                "session.timeout.ms", 10_000,
                "sampo.drain.timeout.ms", 5_000L));
        assertEquals(Optional.of("node-1"), settings.groupInstanceId());
        assertEquals(List.of("org.apache.kafka.clients.consumer.RangeAssignor", "sticky"), settings.assignors());
        assertEquals(Optional.of("r1"), settings.rack());
        assertEquals(10_000, settings.times().sessionTimeoutMs());
        assertEquals(5_000, settings.times().drainLimitMs());
    }

    @Test
    void eachProtocolHasItsOwnSettings() {
        GroupSettings settings = of(Map.of("group.protocol", "consumer", "group.remote.assignor", "uniform"));
        assertEquals(GroupSettings.Protocol.CONSUMER, settings.protocol());
        assertEquals(Optional.of("uniform"), settings.remoteAssignor());
        assertRefused("group.remote.assignor", "uniform", "classic");
        assertRefused("session.timeout.ms", "10000", "consumer");
        assertRefused("heartbeat.interval.ms", "1000", "consumer");
        assertRefused("partition.assignment.strategy", "range", "consumer");
    }

    private static void assertRefused(String name, String value, String protocol) {
        ConfigException refused =
                assertThrows(ConfigException.class, () -> of(Map.of(name, value, "group.protocol", protocol)));
        assertEquals(name + " cannot be set when group.protocol=" + protocol, refused.getMessage());
    }

    @Test
    void whatOthersDefinedIsLeftAsItIs() {
        ConfigDef def = new ConfigDef()
                .define("request.timeout.ms", ConfigDef.Type.INT, 7, ConfigDef.Importance.HIGH, "by another part");
        GroupSettings settings =
                GroupSettings.from(new AbstractConfig(GroupSettings.define(def), Map.of("group.id", "g"), false));
        assertEquals(7, settings.times().requestTimeoutMs());
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(ConfigException.class, () -> of(Map.of("group.id", " ")));
        assertThrows(ConfigException.class, () -> of(Map.of("heartbeat.interval.ms", 45_000)));
        assertThrows(ConfigException.class, () -> of(Map.of("group.protocol", "share")));
        assertThrows(ConfigException.class, () -> new Assignors(List.of()));
        assertThrows(RuntimeException.class, () -> new Assignors(List.of("no.such.Assignor")));
    }
}
