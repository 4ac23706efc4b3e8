package io.sampo.config.cli;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// A place in a topic as people write it: `earliest`, `latest`, `4711`, `2026-01-31T08:00:00Z`, `+10`, `-10`.
sealed interface Position {

    record Earliest() implements Position {}

    record Latest() implements Position {}

    record AtOffset(long offset) implements Position {}

    record AtTime(Instant time) implements Position {}

    /// Relative to the committed offset.
    record Shifted(long records) implements Position {}

    /// @throws IllegalArgumentException with a message for the user
    static Position parse(String text) {
        if (text.equals("earliest")) {
            return new Earliest();
        }
        if (text.equals("latest")) {
            return new Latest();
        }
        try {
            if (text.startsWith("+") || text.startsWith("-")) {
                return new Shifted(Long.parseLong(text));
            }
            if (text.chars().allMatch(Character::isDigit)) {
                return new AtOffset(Long.parseLong(text));
            }
            return new AtTime(Instant.parse(text));
        } catch (NumberFormatException | DateTimeParseException _) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no place in a topic. Say earliest, latest, an offset (4711), a time"
                            + " (2026-01-31T08:00:00Z) or, where offsets are committed, +N or -N.");
        }
    }

    /// The offset in each partition, inside [first, end]; a time after the last record is the end.
    default Map<TopicPartition, Long> resolve(
            Admin admin, List<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> committed)
            throws Exception {
        Map<TopicPartition, Long> first = list(admin, partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> end = list(admin, partitions, OffsetSpec.latest());
        Map<TopicPartition, Long> atTime = this instanceof AtTime(Instant time)
                ? list(admin, partitions, OffsetSpec.forTimestamp(time.toEpochMilli()))
                : Map.of();
        Map<TopicPartition, Long> result = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            long from = first.getOrDefault(partition, 0L);
            long to = end.getOrDefault(partition, 0L);
            OffsetAndMetadata current = committed.get(partition);
            long wanted = switch (this) {
                case Earliest() -> from;
                case Latest() -> to;
                case AtOffset(long offset) -> offset;
                case AtTime(Instant _) -> {
                    long found = atTime.getOrDefault(partition, -1L);
                    yield found < 0 ? to : found;
                }
                case Shifted(long records) -> (current == null ? from : current.offset()) + records;
            };
            result.put(partition, Math.clamp(wanted, from, Math.max(from, to)));
        }
        return result;
    }

    private static Map<TopicPartition, Long> list(Admin admin, List<TopicPartition> partitions, OffsetSpec spec)
            throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        partitions.forEach(partition -> wanted.put(partition, spec));
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> entry :
                admin.listOffsets(wanted).all().get().entrySet()) {
            offsets.put(entry.getKey(), entry.getValue().offset());
        }
        return offsets;
    }
}
