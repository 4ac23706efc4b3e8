package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;

/// Names of partition directories (`<topic>-<partition>`, as Kafka's) and their `partition.metadata` file, which
/// holds the topic id in Kafka's two lines and a checksum in a third.
final class PartitionDirectory {
    static final String METADATA_FILE = "partition.metadata";
    static final String DELETE_SUFFIX = "-delete";
    static final String STRAY_SUFFIX = "-stray";
    private static final int MAX_NAME_LENGTH = 255;

    private PartitionDirectory() {}

    static String name(String topic, int partition) {
        return topic + "-" + partition;
    }

    /// Name that a directory gets before it is removed: it never looks like a partition again.
    static String retiredName(String name, String suffix) {
        String tail = "." + UUID.randomUUID().toString().replace("-", "") + suffix;
        return name.substring(0, Math.min(name.length(), MAX_NAME_LENGTH - tail.length())) + tail;
    }

    /// Whose a directory with such a name is; empty when it does not say. A name that had to be shortened does not.
    static Optional<PartitionId> retiredId(Path directory) throws IOException {
        String name = String.valueOf(directory.getFileName());
        int tail = name.lastIndexOf('.');
        boolean shortened = name.length() >= MAX_NAME_LENGTH;
        Optional<TopicAndIndex> parsed = tail < 0 || shortened ? Optional.empty() : parse(name.substring(0, tail));
        Optional<Uuid> topicId = readTopicId(directory);
        return parsed.flatMap(found -> topicId.map(topic -> new PartitionId(topic, found.partition())));
    }

    static boolean isRetired(String name) {
        return name.endsWith(DELETE_SUFFIX) || name.endsWith(STRAY_SUFFIX);
    }

    /// Topic and partition index that a directory name stands for; empty when it is no partition's.
    static Optional<TopicAndIndex> parse(String name) {
        int dash = name.lastIndexOf('-');
        if (dash <= 0 || isRetired(name)) {
            return Optional.empty();
        }
        String index = name.substring(dash + 1);
        if (index.isEmpty() || index.length() > 9 || !index.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        return Optional.of(new TopicAndIndex(name.substring(0, dash), Integer.parseInt(index)));
    }

    /// @return empty when the file is missing or empty (a crash right after creation)
    /// @throws IOException also when its content is damaged
    static Optional<Uuid> readTopicId(Path directory) throws IOException {
        Path file = directory.resolve(METADATA_FILE);
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException missing) {
            return Optional.empty();
        }
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String[] lines = text.split("\n", -1);
        if (lines.length < 2 || !lines[0].equals("version: 0") || !lines[1].startsWith("topic_id: ")) {
            throw new IOException(file + " is damaged: not of the form 'version: 0', 'topic_id: <id>'");
        }
        Uuid topicId;
        try {
            topicId = Uuid.fromString(lines[1].substring("topic_id: ".length()));
        } catch (IllegalArgumentException unreadable) {
            throw new IOException(file + " is damaged: " + unreadable.getMessage(), unreadable);
        }
        if (!text.equals(content(topicId))) {
            throw new IOException(file + " is damaged: its checksum does not match");
        }
        return Optional.of(topicId);
    }

    /// Not synced: an empty file after a crash is written again from what the meta journal says.
    static void writeTopicId(Path directory, PartitionId id) throws IOException {
        Files.writeString(
                directory.resolve(METADATA_FILE),
                content(id.topicId()),
                StandardCharsets.ISO_8859_1,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    }

    private static String content(Uuid topicId) {
        String lines = "version: 0\ntopic_id: " + topicId + "\n";
        CRC32C checksum = new CRC32C();
        checksum.update(lines.getBytes(StandardCharsets.ISO_8859_1));
        return lines + String.format("crc32c: %08x%n", checksum.getValue()).replace("\r", "");
    }

    record TopicAndIndex(String topic, int partition) {}
}
