package io.sampo.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `sampo.pid` in the data directory: a convenience for whoever wants to end the node. A node without it, as on a full
/// disk, serves all the same.
final class ProcessIdFile {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessIdFile.class);

    private final Path file;

    ProcessIdFile(Path dataDirectory) {
        this.file = dataDirectory.resolve("sampo.pid");
    }

    /// The id of this process. A failure is logged; what was written of the file is taken away.
    void write() {
        long processId = ProcessHandle.current().pid();
        try {
            Files.writeString(file, processId + "\n");
        } catch (IOException failure) {
            LOG.warn("The process id, {}, could not be written to {}", processId, file, failure);
            remove();
        }
    }

    /// A failure is logged.
    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            LOG.warn("Could not remove {}", file, failure);
        }
    }
}
