package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The checkpoint files of one partition. Only their places are kept in memory.
///
/// Thread rule: guarded by its monitor.
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    private final Path directory;
    private final FileOps files;
    private final List<Place> places = new ArrayList<>();
    private boolean closed;

    Checkpoints(Path directory, FileOps files) {
        this.directory = directory;
        this.files = files;
    }

    /// @param logEndOffset of the checkpoint itself: events after it have their batches from there on
    /// @param highWatermark that the replica knew of when it was taken
    record Place(long sequenceNr, long logEndOffset, long highWatermark) {}

    /// Reads the checkpoints that lie in the directory.
    ///
    /// @return the newest that is intact; null when there is none
    synchronized @Nullable CheckpointFile open(List<Long> sequenceNrs) {
        CheckpointFile newest = null;
        for (long sequenceNr :
                sequenceNrs.stream().sorted(Comparator.reverseOrder()).toList()) {
            try {
                CheckpointFile file = CheckpointFile.read(CheckpointFile.pathOf(directory, sequenceNr));
                places.add(place(file.stored()));
                newest = newest == null ? file : newest;
            } catch (IOException damaged) {
                LOG.warn("A checkpoint cannot be used: {}", DataDirectory.describe(damaged));
            }
        }
        return newest;
    }

    private static Place place(StoredCheckpoint stored) {
        return new Place(
                stored.sequenceNr(),
                stored.checkpoint().logEndOffset(),
                stored.checkpoint().highWatermark());
    }

    /// Newest first.
    synchronized List<Place> places() {
        return List.copyOf(places);
    }

    synchronized @Nullable Place newest() {
        return places.isEmpty() ? null : places.getFirst();
    }

    synchronized @Nullable Place oldest() {
        return places.isEmpty() ? null : places.getLast();
    }

    /// The newest of which everything is committed: no truncation takes it away. Null when there is none.
    synchronized @Nullable Place newestCommitted() {
        long committed = places.stream().mapToLong(Place::highWatermark).max().orElse(0);
        return places.stream()
                .filter(place -> place.logEndOffset <= committed)
                .findFirst()
                .orElse(null);
    }

    /// The newest that covers nothing at or after `sequenceNr`.
    synchronized @Nullable Place before(long sequenceNr) {
        return places.stream()
                .filter(place -> place.sequenceNr < sequenceNr)
                .findFirst()
                .orElse(null);
    }

    synchronized List<StoredCheckpoint> readAll() throws IOException {
        List<StoredCheckpoint> all = new ArrayList<>();
        for (Place place : places) {
            all.add(CheckpointFile.read(CheckpointFile.pathOf(directory, place.sequenceNr))
                    .stored());
        }
        return all;
    }

    /// Keeps so many, and the newest that is committed: when a truncation takes the newer ones away, recovery
    /// begins
    /// there, and the batches after it are still there.
    synchronized void write(CheckpointFile file, int kept) throws IOException {
        checkOpen();
        file.write(files, directory);
        long sequenceNr = file.stored().sequenceNr();
        places.removeIf(place -> place.sequenceNr == sequenceNr);
        places.add(place(file.stored()));
        places.sort(Comparator.comparingLong(Place::sequenceNr).reversed());
        Place committed = newestCommitted();
        for (Place place : List.copyOf(places.subList(Math.min(kept, places.size()), places.size()))) {
            if (!place.equals(committed)) {
                delete(place.sequenceNr);
            }
        }
    }

    /// Another object has the files from now on; waits for a write that is under way.
    synchronized void close() {
        closed = true;
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the log in " + directory + " was closed meanwhile");
        }
    }

    synchronized void delete(long sequenceNr) throws IOException {
        checkOpen();
        files.delete(CheckpointFile.pathOf(directory, sequenceNr));
        places.removeIf(place -> place.sequenceNr == sequenceNr);
    }

    /// The log is about to be cut: checkpoints that describe more of it must go. Where none would be left, the
    /// oldest is set back to the first batch that is left, so that its control state is not lost and all batches
    /// are read again; its log start stays, and may lie beyond that.
    synchronized void rewind(long toOffset, long firstOffset) throws IOException {
        List<Place> beyond =
                places.stream().filter(place -> place.logEndOffset > toOffset).toList();
        if (beyond.isEmpty()) {
            return;
        }
        if (beyond.size() == places.size()) {
            Place oldest = places.getLast();
            CheckpointFile file = CheckpointFile.read(CheckpointFile.pathOf(directory, oldest.sequenceNr));
            beyond = beyond.subList(0, beyond.size() - 1);
            write(rewound(file, firstOffset), places.size());
        }
        for (Place place : beyond) {
            delete(place.sequenceNr);
        }
        DurableFiles.syncDirectory(files, directory);
    }

    private static CheckpointFile rewound(CheckpointFile file, long firstOffset) {
        Checkpoint back = file.stored().checkpoint().rewoundTo(firstOffset);
        return new CheckpointFile(
                new StoredCheckpoint(file.stored().sequenceNr(), file.stored().timestampMs(), back),
                firstOffset,
                firstOffset,
                0,
                file.lastMetaNr(),
                List.of());
    }
}
