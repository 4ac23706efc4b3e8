package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the log of one partition after whatever happened to the process or the machine: unfinished reset, meta
/// journal, unfinished truncation, markers, then the batches after the newest checkpoint (design of replication,
/// 1.10).
///
/// A torn tail is cut. Damage is cut only where other voters have the records ([DamageCut]); else it ends in a
/// [CorruptLogException], with all files as they were. Costs O(tail + number of segments); closed segments below
/// the
/// checkpoint are not read. One thread.
final class LogRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private final RecoveryInput input;
    private final StoreServices services;
    private final Path directory;

    LogRecovery(RecoveryInput input) {
        this.input = input;
        this.services = input.services();
        this.directory = input.directory();
    }

    record Recovered(
            Segments segments, MetaJournal meta, Checkpoints checkpoints, ControlState control, DamageMark damage) {}

    Recovered recover() throws IOException {
        new LogReset(directory, services.files()).finish();
        DamageMark damage = DamageMark.read(directory, services.files());
        try {
            return recover(damage);
        } catch (DamagedTailException cut) {
            // At most once: what is left ends in front of the damage.
            return recover(damage);
        }
    }

    /// Cuts the log in front of damage that was found while it ran, and recovers what is left. Not cut when nobody
    /// else has the records.
    Recovered recoverBefore(DamagedRange damaged) throws IOException {
        new LogReset(directory, services.files()).finish();
        DamageMark mark = DamageMark.read(directory, services.files());
        Checkpoints checkpoints = new Checkpoints(directory, services.files());
        DirectoryContents contents = DirectoryContents.tidy(directory, services.files());
        CheckpointFile newest = checkpoints.open(contents.checkpoints());
        MetaJournal.Opened opened =
                MetaJournal.open(directory, services.files(), services.openFiles(), newest != null, _ -> true);
        checkIdentity(newest, opened.records(), contents);
        try {
            new DamageCut(directory, services.files(), opened.journal(), mark, opened.records(), newest).cut(damaged);
        } finally {
            opened.journal().retire();
        }
        return recover();
    }

    private Recovered recover(DamageMark damage) throws IOException {
        Checkpoints checkpoints = new Checkpoints(directory, services.files());
        DirectoryContents contents = DirectoryContents.tidy(directory, services.files());
        CheckpointFile newest = checkpoints.open(contents.checkpoints());
        String checkpointBoot =
                newest == null ? "" : newest.stored().checkpoint().bootId();
        MetaJournal.Opened opened = MetaJournal.open(
                directory,
                services.files(),
                services.openFiles(),
                newest != null,
                found -> isThisBoot(found, checkpointBoot));
        if (opened.tornBytes() > 0) {
            LOG.warn("{}: cut {} bytes of an event that was never written whole", directory, opened.tornBytes());
        }
        MetaJournal meta = opened.journal();
        List<MetaRecord> records = opened.records();
        boolean pageCacheKept = isThisBoot(records, checkpointBoot);
        checkIdentity(newest, records, contents);
        DamageCut damageCut = new DamageCut(directory, services.files(), meta, damage, records, newest);
        List<Long> baseOffsets = new ArrayList<>(contents.baseOffsets());
        records = new UnfinishedTruncation(directory, services, checkpoints).finish(meta, records, baseOffsets);
        CheckpointFile base = newestOf(checkpoints);
        ControlReplay control = ControlReplay.of(base, records);
        RecoveredSegments segments = damageCut.guard(
                baseOffsets.isEmpty() ? control.logStartOffset() : -1,
                () -> new RecoveredSegments(directory, services, base, baseOffsets, control));
        TailRecovery tail = new TailRecovery(input, base, records, control, segments, pageCacheKept);
        TailRecovery.End end = damageCut.guard(tail);
        return finish(meta, checkpoints, damage, control, segments, end);
    }

    private boolean isThisBoot(List<MetaRecord> found, String checkpointBoot) {
        String boot = checkpointBoot;
        for (MetaRecord record : found) {
            if (record.event() instanceof Opened process) {
                boot = process.bootId();
            }
        }
        return !boot.isEmpty() && boot.equals(services.bootId());
    }

    private void checkIdentity(@Nullable CheckpointFile newest, List<MetaRecord> records, DirectoryContents contents)
            throws IOException {
        PartitionId stored =
                newest == null ? null : newest.stored().checkpoint().partition();
        for (MetaRecord record : records) {
            if (record.event() instanceof ReplicaCreated created) {
                stored = created.partition();
            }
        }
        if (stored != null && !stored.equals(input.id())) {
            throw new CorruptLogException(
                    directory.resolve(MetaJournal.FILE),
                    0,
                    "it belongs to partition " + stored + ", and " + input.id() + " was looked for");
        }
        long lastMetaNr = records.isEmpty() ? 0 : records.getLast().metaNr();
        if (newest != null && lastMetaNr < newest.lastMetaNr()) {
            throw new CorruptLogException(
                    directory.resolve(MetaJournal.FILE),
                    0,
                    "it ends with event " + lastMetaNr + ", and had " + newest.lastMetaNr() + " when they were synced");
        }
        if (newest == null && !records.isEmpty() && records.getFirst().metaNr() > 1) {
            throw new CorruptLogException(
                    directory.resolve(MetaJournal.FILE),
                    0,
                    "it begins with event " + records.getFirst().metaNr()
                            + ", and the checkpoint that covers the earlier ones is missing or damaged");
        }
        if (newest == null && records.isEmpty() && !contents.checkpoints().isEmpty()) {
            throw new CorruptLogException(directory, 0, "its checkpoint is damaged, and the meta journal is gone");
        }
    }

    private @Nullable CheckpointFile newestOf(Checkpoints checkpoints) throws IOException {
        Checkpoints.Place newest = checkpoints.newest();
        return newest == null ? null : CheckpointFile.read(CheckpointFile.pathOf(directory, newest.sequenceNr()));
    }

    private Recovered finish(
            MetaJournal meta,
            Checkpoints checkpoints,
            DamageMark damage,
            ControlReplay control,
            RecoveredSegments segments,
            TailRecovery.End end) {
        ControlState.dropMarkers(control.markers(), end.offset(), Integer.MAX_VALUE);
        for (Segment segment : segments.list) {
            services.openFiles().evict(segment.handle);
        }
        Segments log = new Segments(
                directory,
                services.files(),
                services.openFiles(),
                services.indexCache(),
                services.clock(),
                input.settings(),
                segments.list,
                end.offset(),
                Math.min(control.floor(), end.offset()),
                segments.newFiles());
        return new Recovered(
                log,
                meta,
                checkpoints,
                new ControlState(
                        end.highestSequenceNr(),
                        Math.max(control.logStartOffset(), segments.list.getFirst().baseOffset),
                        control.markers(),
                        control.lastCut()),
                damage);
    }
}
