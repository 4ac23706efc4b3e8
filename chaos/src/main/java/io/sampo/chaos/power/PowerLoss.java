package io.sampo.chaos.power;

import io.sampo.chaos.power.UnsyncedJournal.Unsynced;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;

/// Takes from a dead node's files what no sync covers, as the end of the machine would: of each file the unsynced
/// writes from some point on, and of the one at that point a part, torn at a sector.
public final class PowerLoss {
    private static final int SECTOR_BYTES = 512;

    private PowerLoss() {}

    /// The node must be gone.
    ///
    /// @param random which of the unsynced writes were lucky
    /// @return bytes that are lost
    public static long happen(Path journalFile, Random random) throws IOException {
        List<Unsynced> unsynced = UnsyncedJournal.read(journalFile);
        long lost = 0;
        for (Path path : unsynced.stream().map(Unsynced::path).distinct().toList()) {
            List<Unsynced> writes =
                    unsynced.stream().filter(write -> write.path().equals(path)).toList();
            lost += lose(path, writes.subList(random.nextInt(writes.size() + 1), writes.size()), random);
        }
        Files.deleteIfExists(journalFile);
        return lost;
    }

    /// Newest first, so that what was there before comes back as it was.
    private static long lose(Path path, List<Unsynced> writes, Random random) throws IOException {
        if (writes.isEmpty() || !Files.isRegularFile(path)) {
            return 0; // renamed or removed meanwhile
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            long sizeNow = file.size();
            for (Unsynced write : writes.reversed()) {
                ByteBuffer before = ByteBuffer.wrap(write.before());
                while (before.hasRemaining()) {
                    file.write(before, write.position() + before.position());
                }
            }
            long kept = Math.min(writes.getFirst().sizeBefore(), sizeNow);
            long appended = sizeNow - kept;
            long torn = appended == 0 ? 0 : random.nextLong(appended) / SECTOR_BYTES * SECTOR_BYTES;
            file.truncate(kept + torn);
            return appended - torn;
        }
    }
}
