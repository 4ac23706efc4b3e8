package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;

/// Identity of a data directory, kept in its `meta.properties` (Kafka's name for it), with a checksum.
///
/// @param clusterId empty until the node has joined a cluster
/// @param nodeId -1 until the node has been given one
/// @param nodeUuid identity of the node's installation; another one under the same nodeId is another node
/// @param directoryId identity of this directory: a wiped disk comes back with another one (KIP-853)
public record MetaProperties(Optional<String> clusterId, int nodeId, Uuid nodeUuid, Uuid directoryId) {
    static final String FILE = "meta.properties";
    private static final String VERSION = "1";
    static final int UNASSIGNED = -1;

    static Optional<MetaProperties> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Map<String, String> values = new LinkedHashMap<>();
        text.lines().filter(line -> line.indexOf('=') > 0).forEach(line -> {
            int equals = line.indexOf('=');
            values.put(line.substring(0, equals), line.substring(equals + 1));
        });
        String version = values.getOrDefault("version", "");
        if (text.startsWith("version=") && !version.equals(VERSION) && version.length() > 1) {
            throw new IOException(file + " has version " + version + ", and this Sampo knows version " + VERSION);
        }
        try {
            MetaProperties read = new MetaProperties(
                    Optional.ofNullable(values.get("cluster.id")),
                    Integer.parseInt(values.getOrDefault("node.id", Integer.toString(UNASSIGNED))),
                    Uuid.fromString(values.getOrDefault("node.uuid", "")),
                    Uuid.fromString(values.getOrDefault("directory.id", "")));
            if (!read.content().equals(text)) {
                throw new IOException(file + " is damaged: its checksum does not match its content");
            }
            return Optional.of(read);
        } catch (IllegalArgumentException damaged) {
            throw new IOException(file + " is damaged: " + damaged.getMessage(), damaged);
        }
    }

    MetaProperties withNodeId(int assigned) {
        return new MetaProperties(clusterId, assigned, nodeUuid, directoryId);
    }

    void write(FileOps files, Path directory) throws IOException {
        DurableFiles.replace(
                files, directory.resolve(FILE), ByteBuffer.wrap(content().getBytes(StandardCharsets.ISO_8859_1)));
    }

    private String content() {
        StringBuilder lines = new StringBuilder("version=" + VERSION + "\n");
        clusterId.ifPresent(id -> lines.append("cluster.id=").append(id).append('\n'));
        if (nodeId != UNASSIGNED) {
            lines.append("node.id=").append(nodeId).append('\n');
        }
        lines.append("node.uuid=").append(nodeUuid).append('\n');
        lines.append("directory.id=").append(directoryId).append('\n');
        CRC32C checksum = new CRC32C();
        checksum.update(lines.toString().getBytes(StandardCharsets.ISO_8859_1));
        return lines.append("crc32c=")
                .append(Long.toHexString(checksum.getValue()))
                .append('\n')
                .toString();
    }
}
