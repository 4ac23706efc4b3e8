package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes files in the background. What cannot be removed now is found again at the next start.
final class Deletion {
    private static final Logger LOG = LoggerFactory.getLogger(Deletion.class);

    private Deletion() {}

    static void quietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            LOG.warn("{} cannot be removed: {}", file, DataDirectory.describe(failed));
        }
    }

    /// A partition directory: it holds files only.
    static void directoryQuietly(Path directory) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Files.deleteIfExists(entry);
            }
            Files.deleteIfExists(directory);
        } catch (IOException failed) {
            LOG.warn("{} cannot be removed: {}", directory, DataDirectory.describe(failed));
        }
    }
}
