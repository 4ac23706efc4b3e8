package io.sampo.actors.group;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.group.GroupCore;
import io.sampo.core.group.GroupRecord;
import io.sampo.core.group.GroupRecordFormat;
import io.sampo.core.partition.ReadView;
import java.util.Optional;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fills a core from the committed part of its partition. Runs on a thread that may block; the core is its own
/// until it is handed over.
final class GroupLoader {
    private static final Logger LOG = LoggerFactory.getLogger(GroupLoader.class);

    private final LeaderHandle leader;
    private volatile boolean cancelled;
    private long unknownRecordCount;
    private long unreadableCount;

    private static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("leadership ended while loading", null, false, false);
        }
    }

    GroupLoader(LeaderHandle leader) {
        this.leader = leader;
    }

    /// Any thread: nobody needs the result any more.
    void cancel() {
        cancelled = true;
    }

    /// @return empty when cancelled
    Optional<GroupCore> load(GroupCore core) {
        ReadView view = leader.view();
        try {
            leader.log().forEachBatch(view.logStartOffset(), view.highWatermark(), batch -> replay(core, batch));
        } catch (Cancelled _) {
            return Optional.empty();
        }
        if (unknownRecordCount > 0) {
            LOG.warn(
                    "{}: ignored {} records of types that this release does not know", leader.id(), unknownRecordCount);
        }
        if (unreadableCount > 1) {
            LOG.error("{}: left out {} records or batches that cannot be read", leader.id(), unreadableCount);
        }
        return Optional.of(core);
    }

    private void replay(GroupCore core, RecordBatch batch) {
        if (cancelled) {
            throw new Cancelled();
        }
        if (batch.isControlBatch()) {
            return;
        }
        try {
            for (Record record : batch) {
                if (record.hasKey()) {
                    replay(core, record);
                }
            }
        } catch (InvalidRecordException malformed) {
            noteUnreadable(batch.baseOffset(), malformed);
        }
    }

    private void replay(GroupCore core, Record record) {
        Optional<GroupRecord> known;
        try {
            known = GroupRecordFormat.parse(record.key(), record.value());
        } catch (GroupRecordFormat.UnreadableRecord unreadable) {
            noteUnreadable(record.offset(), unreadable);
            return;
        }
        known.ifPresentOrElse(core::replay, () -> unknownRecordCount++);
    }

    /// The broker writes nothing that it cannot read, and damage on the disk breaks the checksum: this came from a
    /// client that may write internal topics. It must not take all groups of the partition with it.
    private void noteUnreadable(long offset, RuntimeException why) {
        if (unreadableCount++ == 0) {
            LOG.error("{}: what stands at offset {} is no group record and is left out", leader.id(), offset, why);
        }
    }
}
