package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What recovery does about damage below the end of what was durable. A partition with other voters is cut there:
/// the replica says that it is suspect and fetches the rest again. One that has none goes offline, with all files
/// as
/// they are: nobody else has the records.
///
/// The order, each step durable before the next: the mark that damage was found, the damaged bytes aside, the
/// intent
/// to cut. Then recovery begins again and finishes the truncation. One thread.
final class DamageCut {
    private static final Logger LOG = LoggerFactory.getLogger(DamageCut.class);

    private final Path directory;
    private final FileOps files;
    private final MetaJournal meta;
    private final DamageMark mark;
    private final List<MetaRecord> records;
    private final @Nullable CheckpointFile checkpoint;

    /// @param records all of the journal
    /// @param checkpoint newest
    DamageCut(
            Path directory,
            FileOps files,
            MetaJournal meta,
            DamageMark mark,
            List<MetaRecord> records,
            @Nullable CheckpointFile checkpoint) {
        this.directory = directory;
        this.files = files;
        this.meta = meta;
        this.mark = mark;
        this.records = records;
        this.checkpoint = checkpoint;
    }

    interface Work<T> {
        T run() throws IOException;
    }

    /// @param goodEnd exclusive end of what is good when the work finds damage; -1: not known, nothing can be cut
    /// @throws DamagedTailException recover again
    <T> T guard(long goodEnd, Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (CorruptLogException damage) {
            throw decide(damage, goodEnd);
        }
    }

    TailRecovery.End guard(TailRecovery tail) throws IOException {
        try {
            return tail.scan();
        } catch (CorruptLogException damage) {
            throw decide(damage, tail.goodEnd());
        }
    }

    private IOException decide(CorruptLogException damage, long goodEnd) throws IOException {
        if (goodEnd < 0 || !othersHaveTheRecords() || wasCutAt(goodEnd)) {
            return damage;
        }
        cut(String.valueOf(damage.getMessage()), goodEnd, baseOffset -> true);
        return new DamagedTailException(damage);
    }

    /// Cuts what a check of a running log has found. Only the damaged segment is set aside: what lies behind it is
    /// good, can be long, and others have it.
    ///
    /// Nothing is changed when nobody else has the records.
    void cut(DamagedRange damaged) throws IOException {
        if (!othersHaveTheRecords()) {
            LOG.warn("{}: not cut, as it is the only replica by now: {}", directory, damaged.what());
            return;
        }
        noteGapsBelow(damaged.fromOffset());
        cut(damaged.what(), damaged.fromOffset(), baseOffset -> baseOffset == damaged.segmentBaseOffset());
    }

    private void cut(String found, long goodEnd, LongPredicate isSetAside) throws IOException {
        String text = found + "; the log is cut to offset " + goodEnd;
        LOG.error("{}: {}, and the rest is to be fetched from other replicas", directory, text);
        mark.set(text);
        setAside(goodEnd, isSetAside);
        meta.append(
                nextNumber(),
                goodEnd,
                new TruncateIntent(goodEnd, Integer.MAX_VALUE, UnfinishedTruncation.BY_RECOVERY));
        meta.sync();
        meta.evict();
    }

    /// The checkpoints that know what was compacted may go with the cut; recovery then reads all that is left, and
    /// takes a gap for damage unless the journal says that there is one.
    private void noteGapsBelow(long goodEnd) throws IOException {
        long end = -1;
        for (long baseOffset : DirectoryContents.tidy(directory, files).baseOffsets()) {
            Path log = SegmentFiles.log(directory, baseOffset);
            if (baseOffset >= goodEnd) {
                return;
            }
            end = end < 0 ? baseOffset : end;
            try (FileChannel channel = files.open(log, StandardOpenOption.READ)) {
                BatchScanner scanner = new BatchScanner(channel, log, 0, (int) channel.size());
                while (end < goodEnd && scanner.next()) {
                    if (scanner.baseOffset() > end) {
                        noteGaps(end);
                        return;
                    }
                    end = scanner.lastOffset() + 1;
                }
            }
        }
    }

    private void noteGaps(long from) throws IOException {
        if (from < meta.gapsFrom()) {
            meta.noteGaps(from);
        }
    }

    /// The configuration of the newest marker that was ever written here, whether it was cut later or not: an older
    /// one would know too few voters.
    private boolean othersHaveTheRecords() {
        if (checkpoint != null && checkpoint.stored().checkpoint().configLost()) {
            return true;
        }
        VoterSet config =
                checkpoint == null ? null : checkpoint.stored().checkpoint().config();
        ReplicaId self =
                checkpoint == null ? null : checkpoint.stored().checkpoint().self();
        for (MetaRecord record : records) {
            if (record.event() instanceof ReplicaCreated created) {
                config = created.initialConfig();
                self = created.self();
            } else if (record.event() instanceof EpochStarted started) {
                config = started.config();
            }
        }
        return config != null && self != null && !config.voters().equals(List.of(self));
    }

    /// Once is enough: damage that is still there afterwards is another kind of trouble.
    private boolean wasCutAt(long goodEnd) {
        return !records.isEmpty()
                && records.getLast().kind() == MetaRecord.TRUNCATION_FINISHED
                && records.getLast().logEndOffset() == goodEnd
                && mark.text().isPresent();
    }

    private long nextNumber() {
        long last = checkpoint == null ? 0 : checkpoint.stored().sequenceNr();
        for (MetaRecord record : records) {
            last = Math.max(last, record.sequenceNr());
        }
        return last + 1;
    }

    private void setAside(long goodEnd, LongPredicate isSetAside) throws IOException {
        List<Long> baseOffsets = DirectoryContents.tidy(directory, files).baseOffsets();
        for (int i = 0; i < baseOffsets.size(); i++) {
            boolean reachesBeyond = i + 1 == baseOffsets.size() || baseOffsets.get(i + 1) > goodEnd;
            if (reachesBeyond && isSetAside.test(baseOffsets.get(i))) {
                Path log = SegmentFiles.log(directory, baseOffsets.get(i));
                copy(log, log.resolveSibling(log.getFileName() + SegmentFiles.DAMAGED));
            }
        }
        DurableFiles.syncDirectory(files, directory);
    }

    /// For people only: a full disk must not keep the replica from coming back.
    private static void copy(Path log, Path aside) {
        try {
            Files.copy(log, aside);
        } catch (FileAlreadyExistsException again) {
            LOG.debug("{} was set aside before", log);
        } catch (IOException failed) {
            LOG.warn("{} cannot be kept as {}: {}", log, aside, DataDirectory.describe(failed));
        }
    }
}
