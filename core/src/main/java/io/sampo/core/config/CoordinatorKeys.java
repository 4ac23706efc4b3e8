package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.SHORT;

/// Settings of the group coordinator and of the internal topics.
final class CoordinatorKeys {
    private CoordinatorKeys() {}

    static void define(KeyTable table) {
        groups(table);
        offsets(table);
        transactions(table);
    }

    private static void groups(KeyTable table) {
        table.add(
                "group.min.session.timeout.ms",
                INT,
                6000,
                MEDIUM,
                "Shortest session timeout that a member of a classic group may ask for.");
        table.add(
                "group.max.session.timeout.ms",
                INT,
                1_800_000,
                MEDIUM,
                "Longest session timeout that a member of a classic group may ask for.");
        table.add(
                "group.initial.rebalance.delay.ms",
                INT,
                3000,
                MEDIUM,
                "How long the first rebalance of an empty group waits for more members.");
        table.add("group.max.size", INT, Integer.MAX_VALUE, atLeast(1), MEDIUM, "Most members of a classic group.");
    }

    private static void offsets(KeyTable table) {
        table.add("offset.metadata.max.bytes", INT, 4096, HIGH, "Longest text that a committed offset may carry.");
        table.add(
                "offsets.topic.num.partitions",
                INT,
                50,
                atLeast(1),
                HIGH,
                "Partitions of __consumer_offsets; must not change once it exists.");
        table.add(
                "offsets.topic.replication.factor",
                SHORT,
                (short) 3,
                atLeast(1),
                HIGH,
                "Replicas of __consumer_offsets. It cannot be created while fewer nodes are registered.");
        table.add(
                "offsets.topic.segment.bytes",
                INT,
                100 * 1024 * 1024,
                atLeast(1),
                HIGH,
                "segment.bytes of __consumer_offsets: small, so that compaction keeps it quick to load.");
        table.add(
                "offsets.topic.compression.codec",
                INT,
                0,
                between(0, 4),
                HIGH,
                "Compression of what group coordinators write: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.");
        table.add(
                "offsets.retention.minutes",
                INT,
                7 * 24 * 60,
                atLeast(1),
                HIGH,
                "Committed offsets of a group without members are forgotten after so many minutes.");
        table.add(
                "offsets.retention.check.interval.ms",
                LONG,
                600_000L,
                atLeast(1),
                HIGH,
                "How often expired offsets are looked for.");
        table.add(
                "offsets.load.buffer.size",
                INT,
                5 * 1024 * 1024,
                atLeast(1),
                HIGH,
                "Bytes read at a time when a coordinator loads its partition.");
        table.add(
                "offsets.commit.timeout.ms",
                INT,
                5000,
                atLeast(1),
                HIGH,
                "How long a commit waits for its replicas before it fails.");
    }

    private static void transactions(KeyTable table) {
        table.unused("transactional.id.expiration.ms", INT, 604_800_000, "Transactions are not served yet.");
        table.unused("transaction.max.timeout.ms", INT, 900_000, "Transactions are not served yet.");
        table.unused("transaction.state.log.num.partitions", INT, 50, "Transactions are not served yet.");
        table.unused("transaction.state.log.replication.factor", SHORT, (short) 3, "Transactions are not served yet.");
        table.unused("transaction.state.log.min.isr", INT, 2, "Transactions are not served yet.");
        table.unused("transaction.state.log.segment.bytes", INT, 104_857_600, "Transactions are not served yet.");
        table.unused("transaction.state.log.load.buffer.size", INT, 5_242_880, "Transactions are not served yet.");
        table.unused(
                "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                INT,
                10_000,
                "Transactions are not served yet.");
        table.unused(
                "transaction.remove.expired.transaction.cleanup.interval.ms",
                INT,
                3_600_000,
                "Transactions are not served yet.");
    }
}
