package io.sampo.persistence.log;

import io.sampo.core.cluster.NodeAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file of a data directory that says where other nodes were last seen, one HOST:PORT to a line. Only a hint:
/// it
/// is not synced, and what cannot be read is left out.
final class RememberedNodes {
    private static final Logger LOG = LoggerFactory.getLogger(RememberedNodes.class);
    private static final String FILE = "cluster-nodes";

    private RememberedNodes() {}

    static List<NodeAddress> read(Path directory) {
        List<NodeAddress> nodes = new ArrayList<>();
        try {
            Path file = directory.resolve(FILE);
            if (Files.exists(file)) {
                for (String line : Files.readString(file, StandardCharsets.ISO_8859_1)
                        .lines()
                        .toList()) {
                    nodes.add(NodeAddress.parse(line));
                }
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            LOG.warn("{} in {} is left out: {}", FILE, directory, unreadable.getMessage());
        }
        return nodes;
    }

    static void write(Path directory, List<NodeAddress> nodes) {
        StringBuilder lines = new StringBuilder();
        nodes.forEach(node -> lines.append(node).append('\n'));
        Path file = directory.resolve(FILE);
        Path beside = directory.resolve(FILE + ".tmp");
        try {
            Files.writeString(beside, lines, StandardCharsets.ISO_8859_1);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failed) {
            LOG.warn("Could not write {}: {}", file, failed.getMessage());
        }
    }
}
