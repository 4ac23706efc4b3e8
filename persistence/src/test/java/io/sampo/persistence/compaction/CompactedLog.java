package io.sampo.persistence.compaction;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.TestLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/// Logs of compacted topics and the cleaner that the tests run over them by hand.
final class CompactedLog {
    static final long NOW_MS = TestEvents.T0_MS + 1_000_000;
    static final long TOMBSTONE_MS = 10_000;
    static final LogSettings COMPACT =
            new TestEvents.Settings().compact(0, TOMBSTONE_MS).pageCache().build();

    static final CleanerSettings SETTINGS = settings(1 << 20, 4096);

    private CompactedLog() {}

    static Optional<LogCleaner.Result> clean(TestLog log, long nowMs) throws IOException {
        return cleaner(SETTINGS).clean(log.log, checkpoint(log), log.log.logEndOffset(), nowMs);
    }

    static LogCleaner cleaner(CleanerSettings settings) {
        return new LogCleaner(settings, () -> false);
    }

    static CleanerCheckpoint checkpoint(TestLog log) throws IOException {
        return CleanerCheckpoint.read(Path.of(log.logs.directory(), "events-0"));
    }

    static CleanerSettings settings(long dedupeBytes, int ioBytes) {
        return new CleanerSettings(dedupeBytes, 0.9, ioBytes, Double.MAX_VALUE, 15_000, 24L * 3600 * 1000, 1000);
    }

    static BatchAppended keyed(long offset, String key, @Nullable String value) {
        return TestEvents.batch(offset, record(key, value));
    }

    static SimpleRecord record(String key, @Nullable String value) {
        return new SimpleRecord(
                TestEvents.T0_MS, TestEvents.bytes(key), value == null ? null : TestEvents.bytes(value));
    }

    static List<String> leftovers(Path directory) throws IOException {
        try (var files = Files.list(directory.resolve("events-0"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".cleaned") || name.endsWith(".swap"))
                    .toList();
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (var walk = Files.walk(directory)) {
            walk.forEach(entries::add);
        }
        for (Path entry : entries.reversed()) {
            Files.delete(entry);
        }
    }
}
