package io.sampo.core.config;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/// Renders `docs/configuration.md` from the definitions, so that the page cannot go stale (a test compares them).
public final class ConfigDocument {
    private final StringBuilder page = new StringBuilder();

    private ConfigDocument() {}

    public static String render() {
        return new ConfigDocument().page();
    }

    private String page() {
        page.append("""
                # Configuration

                This page is made from the definitions in `io.sampo.core.config`; do not edit it. To write it again:
                `mvn -pl core test -Dtest=ConfigDocumentTest -Dsampo.docs.write=true`.

                Names, types and defaults are Kafka's, with one exception: **`flush.messages` (broker:
                `log.flush.interval.messages`) is 1 here**, so a record is on disk before it is acknowledged. Many
                appends share one sync. Set it to 9223372036854775807 for Kafka's behaviour (page cache).

                Broker settings are read from `server.properties` (`--config FILE`) and from `--set key=value`.
                *Changes* tells when a new value takes effect: **dynamic** settings can be changed while the cluster
                runs (`kafka-configs.sh --entity-type brokers`, for one node or with `--entity-default` for all), others
                at the next start.

                """);
        brokers("Broker settings", "Kafka's settings that Sampo obeys.", BrokerKey.Use.HONOURED);
        topics("Topic settings", """
                Set per topic when it is created or later; each has its default from the broker setting in the last
                column.""", key -> key.use() == BrokerKey.Use.HONOURED);
        brokers("Sampo's own settings", "Settings that Kafka does not have.", BrokerKey.Use.OWN);
        topics("Topic settings without effect", """
                Accepted, so that tools which set them work. `unclean.leader.election.enable` is one of them: an unclean
                election takes place when an operator asks for it, whatever the setting says, and never by itself
                (operations.md).""", key -> key.use() == BrokerKey.Use.UNUSED);
        brokers(
                "Broker settings without effect",
                "Settings of Kafka that are accepted with a warning, so that an existing file can be used as it is.",
                BrokerKey.Use.UNUSED);
        page.append("""

                Settings of ZooKeeper, of KRaft controllers and of functions that Sampo does not have are accepted with
                a warning too. Unknown names are reported as such. An invalid value stops the start with a message that
                names the key, the value and what was expected.
                """);
        return page.toString();
    }

    private void brokers(String title, String text, BrokerKey.Use use) {
        List<BrokerKey> keys =
                BrokerKeys.all().stream().filter(key -> key.use() == use).toList();
        heading(title, text);
        page.append("| name | type | default | valid values | changes | meaning |\n|--|--|--|--|--|--|\n");
        for (BrokerKey key : keys) {
            row(
                    "`" + key.name() + "`",
                    type(key.definition()),
                    value(key.defaultText()),
                    validator(key.definition()),
                    key.updateMode() == BrokerKey.UpdateMode.CLUSTER_WIDE ? "dynamic" : "at start",
                    key.documentation());
        }
    }

    private void topics(String title, String text, Predicate<TopicKey> which) {
        Collection<TopicKey> keys = TopicKeys.all().stream().filter(which).toList();
        heading(title, text);
        page.append("| name | type | default | valid values | meaning | broker setting |\n|--|--|--|--|--|--|\n");
        for (TopicKey key : keys) {
            List<String> brokerKeys = key.synonyms().stream()
                    .map(synonym -> "`" + synonym.brokerKey() + "`")
                    .toList();
            row(
                    "`" + key.name() + "`",
                    type(key.definition()),
                    value(key.defaultText()),
                    validator(key.definition()),
                    key.definition().documentation,
                    String.join(", ", brokerKeys));
        }
    }

    private void heading(String title, String text) {
        page.append("\n## ").append(title).append("\n\n").append(text.strip()).append("\n\n");
    }

    private void row(String... cells) {
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String type(ConfigDef.ConfigKey key) {
        return key.type.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String value(@Nullable String text) {
        return text == null ? "none" : text.isEmpty() ? "\"\"" : "`" + text + "`";
    }

    private static String validator(ConfigDef.ConfigKey key) {
        return key.validator == null ? "" : key.validator.toString().replace("|", "\\|");
    }
}
