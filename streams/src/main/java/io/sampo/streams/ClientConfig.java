package io.sampo.streams;

import io.sampo.streams.connection.ConnectionSettings;
import io.sampo.streams.consume.GroupReading;
import io.sampo.streams.fetch.FetchSettings;
import io.sampo.streams.group.GroupSettings;
import io.sampo.streams.produce.ProducerSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's settings, by Kafka's names, for each part of it. Every value is checked when the client is made.
final class ClientConfig {
    private static final Logger LOG = LoggerFactory.getLogger(StreamClient.class);

    static final String COMMIT_INTERVAL_MS = "auto.commit.interval.ms";
    private static final String TRANSACTIONAL_ID = "transactional.id";
    static final String MAX_UNACKNOWLEDGED = "sampo.max.unacknowledged";

    private final Map<String, ?> given;
    private final ConnectionSettings connection;
    private final ProducerSettings producer;
    private final GroupReading.Settings groupReading;

    private ClientConfig(Map<String, ?> given) {
        this.given = given;
        this.connection = ConnectionSettings.from(parse(ConnectionSettings::define, given));
        this.producer = ProducerSettings.from(parse(ProducerSettings::define, given));
        AbstractConfig reading = parse(ClientConfig::define, given);
        this.groupReading = new GroupReading.Settings(
                reading.getInt(COMMIT_INTERVAL_MS),
                reading.getInt(MAX_UNACKNOWLEDGED),
                connection.defaultApiTimeoutMs(),
                fetch("earliest").isolationLevel());
        group(Group.named("check"));
    }

    /// @throws ConfigException when a setting has a wrong value, or asks for what this client cannot do
    static ClientConfig of(Map<String, ?> settings) {
        if (settings.get(TRANSACTIONAL_ID) != null) {
            throw new ConfigException(
                    TRANSACTIONAL_ID,
                    settings.get(TRANSACTIONAL_ID),
                    "this client has no transactions yet, and without them records would not be written all or none");
        }
        ClientConfig config = new ClientConfig(new HashMap<>(settings));
        ConfigWarnings.of(settings, names(), config.producer()).forEach(LOG::warn);
        return config;
    }

    private static void define(ConfigDef definition) {
        definition
                .define(
                        COMMIT_INTERVAL_MS,
                        Type.INT,
                        1_000,
                        Range.atLeast(1),
                        Importance.MEDIUM,
                        "How often acknowledged offsets are committed.")
                .define(
                        MAX_UNACKNOWLEDGED,
                        Type.INT,
                        100_000,
                        Range.atLeast(1),
                        Importance.MEDIUM,
                        "Deliveries of one reading that are out at a time; beyond it nothing is handed out.");
    }

    /// All names that mean something.
    static Set<String> names() {
        Set<String> names = new TreeSet<>();
        names.addAll(definition(ConnectionSettings::define).names());
        names.addAll(definition(ProducerSettings::define).names());
        names.addAll(definition(FetchSettings::define).names());
        names.addAll(definition(GroupSettings::define).names());
        names.addAll(definition(ClientConfig::define).names());
        names.removeAll(ConfigWarnings.ELSEWHERE.keySet());
        return names;
    }

    private static ConfigDef definition(Consumer<ConfigDef> part) {
        ConfigDef definition = new ConfigDef();
        part.accept(definition);
        return definition;
    }

    private static AbstractConfig parse(Consumer<ConfigDef> part, Map<String, ?> settings) {
        return new AbstractConfig(definition(part), settings, false);
    }

    private Map<String, Object> with(Map<String, String> more) {
        Map<String, Object> all = new HashMap<>(given);
        all.putAll(more);
        return all;
    }

    ConnectionSettings connection() {
        return connection;
    }

    ProducerSettings producer() {
        return producer;
    }

    GroupReading.Settings groupReading() {
        return groupReading;
    }

    /// @param reset `auto.offset.reset`
    FetchSettings fetch(String reset) {
        return FetchSettings.from(parse(FetchSettings::define, with(Map.of("auto.offset.reset", reset))));
    }

    GroupSettings group(Group group) {
        Map<String, String> of = new HashMap<>(Map.of("group.id", group.name()));
        group.instanceId().ifPresent(id -> of.put("group.instance.id", id));
        return GroupSettings.from(parse(GroupSettings::define, with(of)));
    }
}
