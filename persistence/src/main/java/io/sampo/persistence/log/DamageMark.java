package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file `damage` of a partition: what was found damaged in its log and cut, or that a sync failed. It is there
/// until a replica has said in its journal that it knows (`Opened`, after `Suspected`), so that no start in between
/// takes the log for unharmed.
///
/// Thread rule: any thread.
final class DamageMark {
    private static final Logger LOG = LoggerFactory.getLogger(DamageMark.class);
    static final String FILE = "damage";

    private final Path file;
    private final FileOps files;
    private volatile @Nullable String text;

    private DamageMark(Path directory, FileOps files) {
        this.file = directory.resolve(FILE);
        this.files = files;
    }

    static DamageMark read(Path directory, FileOps files) throws IOException {
        DamageMark mark = new DamageMark(directory, files);
        try {
            String found = Files.readString(mark.file, StandardCharsets.UTF_8).strip();
            mark.text = found.isEmpty() ? "the log was damaged" : found;
        } catch (NoSuchFileException none) {
            mark.text = null;
        }
        return mark;
    }

    Optional<String> text() {
        return Optional.ofNullable(text);
    }

    /// On disk when it returns.
    synchronized void set(String damage) throws IOException {
        String all = text == null || damage.equals(text) ? damage : text + "; " + damage;
        DurableFiles.replace(files, file, bytes(all));
        text = all;
    }

    /// For a disk that has just failed: as much as it lets be done. What stays in the page cache is there for the
    /// next process, and after a crash of the machine the page cache cannot lie any more.
    synchronized void setIfPossible(String damage) {
        text = text == null ? damage : text + "; " + damage;
        try (FileChannel channel = files.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            Writing.writeFully(files, channel, file, new ByteBuffer[] {bytes(text)});
            files.force(channel, file);
        } catch (IOException failed) {
            LOG.error("{} could not be written whole: {}", file, DataDirectory.describe(failed));
        }
    }

    /// It is in the journal. A mark that comes back after a crash says it once more.
    synchronized void clear() throws IOException {
        if (text != null) {
            files.delete(file);
            text = null;
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
