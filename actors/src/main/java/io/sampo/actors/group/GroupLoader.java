package io.sampo.actors.group;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.group.GroupCore;
import io.sampo.core.group.GroupRecordFormat;
import io.sampo.core.partition.ReadView;
import java.util.Optional;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fills a core from the committed part of its partition. Runs on a thread that may block; the core is its own
/// until it
/// is handed over.
final class GroupLoader {
    private static final Logger LOG = LoggerFactory.getLogger(GroupLoader.class);

    private final LeaderHandle leader;
    private volatile boolean cancelled;
    private long unknownRecordCount;

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
        return Optional.of(core);
    }

    private void replay(GroupCore core, RecordBatch batch) {
        if (cancelled) {
            throw new Cancelled();
        }
        if (batch.isControlBatch()) {
            return;
        }
        for (Record record : batch) {
            if (record.hasKey()) {
                GroupRecordFormat.parse(record.key(), record.value())
                        .ifPresentOrElse(core::replay, () -> unknownRecordCount++);
            }
        }
    }
}
