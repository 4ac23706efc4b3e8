package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.DOUBLE;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.jspecify.annotations.Nullable;

/// Settings of the log: the broker-wide defaults of topic settings (dynamic, but for those in other units than
/// milliseconds) and the log's housekeeping.
final class LogKeys {
    private LogKeys() {}

    static void define(KeyTable table) {
        for (TopicKey key : TopicKeys.all()) {
            topicDefaults(table, key);
        }
        housekeeping(table);
        reads(table);
    }

    /// The broker keys that give a topic key its default, validated as the topic key is.
    private static void topicDefaults(KeyTable table, TopicKey key) {
        List<TopicKey.Synonym> synonyms = key.synonyms();
        for (int i = 0; i < synonyms.size(); i++) {
            TopicKey.Synonym synonym = synonyms.get(i);
            boolean last = i == synonyms.size() - 1;
            Importance importance =
                    key.name().contains("retention") || key.name().contains("flush") ? HIGH : MEDIUM;
            String documentation = "Default of the topic setting " + key.name() + synonym.unitNote() + ".";
            Type type = synonym.multiplier() == 1 ? key.definition().type : INT;
            @Nullable Object defaultValue = last ? synonym.defaultFor(key) : null;
            // A converted unit is checked by range once it is in the topic's unit (TopicConfigs).
            if (key.use() == BrokerKey.Use.UNUSED) {
                table.unused(synonym.brokerKey(), type, defaultValue, documentation);
            } else if (synonym.multiplier() == 1 && !synonym.brokerKey().equals("log.flush.scheduler.interval.ms")) {
                table.dynamic(
                        synonym.brokerKey(),
                        type,
                        defaultValue,
                        Validators.nullable(key.definition().validator),
                        importance,
                        documentation);
            } else {
                // Kafka keeps these in the file only; of keys with the same meaning the strongest is dynamic.
                table.add(
                        synonym.brokerKey(),
                        type,
                        defaultValue,
                        Validators.nullable(synonym.multiplier() == 1 ? key.definition().validator : atLeast(-1)),
                        importance,
                        documentation);
            }
        }
    }

    private static void housekeeping(KeyTable table) {
        table.add(
                "log.retention.check.interval.ms",
                LONG,
                300_000L,
                atLeast(1),
                MEDIUM,
                "How often segments are looked at for removal by time and size.");
        table.add(
                "log.initial.task.delay.ms",
                LONG,
                30_000L,
                atLeast(0),
                LOW,
                "Pause after the start before retention and compaction look at the logs.");
        table.add("log.cleaner.enable", BOOLEAN, true, MEDIUM, "Compacted topics are compacted.");
        table.unused("log.cleaner.threads", INT, 1, "One compaction runs at a time.");
        table.dynamic(
                "log.cleaner.io.max.bytes.per.second",
                DOUBLE,
                Double.MAX_VALUE,
                Validators.above(0),
                MEDIUM,
                "Bytes per second that compaction reads and writes at most.");
        table.dynamic(
                "log.cleaner.dedupe.buffer.size",
                LONG,
                128L * 1024 * 1024,
                atLeast(1024),
                MEDIUM,
                "Memory in bytes for the keys of the compaction that runs; at most a quarter of the heap is taken.");
        table.dynamic(
                "log.cleaner.io.buffer.size",
                INT,
                512 * 1024,
                atLeast(1),
                LOW,
                "Buffer in bytes with which a compaction reads and writes; at most a sixteenth of the heap is taken.");
        table.dynamic(
                "log.cleaner.io.buffer.load.factor",
                DOUBLE,
                0.9d,
                Validators.between(0, 1),
                LOW,
                "How full the table of keys may become, between 0 and 1.");
        table.dynamic(
                "log.cleaner.backoff.ms",
                LONG,
                15_000L,
                atLeast(0),
                MEDIUM,
                "Pause before the next look when nothing needs compaction.");
        table.unused(
                "num.recovery.threads.per.data.dir",
                INT,
                2,
                "Many partitions are opened at the same time, whatever the number of directories.");
        table.dynamic(
                "producer.id.expiration.ms",
                INT,
                86_400_000,
                atLeast(1),
                LOW,
                "A partition forgets an idempotent producer that wrote nothing for so long.");
        table.add(
                "producer.id.expiration.check.interval.ms",
                INT,
                600_000,
                atLeast(1),
                LOW,
                "How often expired producers are looked for.");
        table.own(
                "sampo.max.producer.ids.per.partition",
                INT,
                10_000,
                atLeast(1),
                MEDIUM,
                "Idempotent producers that a partition remembers; the one idle longest is forgotten beyond it.");
        table.own(
                "sampo.max.decompressed.batch.bytes",
                INT,
                128 * 1024 * 1024,
                atLeast(1),
                MEDIUM,
                "Largest size of a batch after decompression, checked while it is read.");
    }

    private static void reads(KeyTable table) {
        table.add(
                "fetch.max.bytes",
                INT,
                55 * 1024 * 1024,
                atLeast(1024),
                MEDIUM,
                "Most bytes in the answer to one fetch; a first batch that is larger alone is still sent.");
        table.add(
                "max.incremental.fetch.session.cache.slots",
                INT,
                1000,
                atLeast(0),
                MEDIUM,
                "Incremental fetch sessions that the node keeps (KIP-227).");
        table.add(
                "replica.lag.time.max.ms",
                LONG,
                30_000L,
                HIGH,
                "A replica that has not caught up for so long is shown outside the in-sync replicas.");
        table.add(
                "replica.fetch.max.bytes",
                INT,
                1024 * 1024,
                atLeast(0),
                MEDIUM,
                "Bytes of one partition that a follower fetches at a time.");
        table.add(
                "replica.fetch.wait.max.ms",
                INT,
                500,
                HIGH,
                "How long a leader parks a follower's fetch that finds nothing new.");
        table.add(
                "replica.fetch.response.max.bytes",
                INT,
                10 * 1024 * 1024,
                atLeast(0),
                MEDIUM,
                "Bytes of batches of one other node that wait here to be written; with more, no further answer of it is read.");
        table.add(
                "auto.leader.rebalance.enable",
                BOOLEAN,
                true,
                HIGH,
                "Leadership goes back to the preferred nodes on its own.");
        table.add(
                "leader.imbalance.check.interval.seconds",
                LONG,
                300L,
                between(1L, 1_000_000L),
                HIGH,
                "How often that is looked at.");
        table.add(
                "leader.imbalance.per.broker.percentage",
                INT,
                10,
                between(0, 100),
                HIGH,
                "A node is left alone while at most so many of the partitions that prefer it are led elsewhere.");
        table.add(
                "replica.selector.class",
                STRING,
                null,
                MEDIUM,
                "How a consumer's replica is chosen: null (it reads from the leader) or "
                        + "org.apache.kafka.common.replica.RackAwareReplicaSelector (from one in sync in its rack, "
                        + "client.rack).");
    }
}
