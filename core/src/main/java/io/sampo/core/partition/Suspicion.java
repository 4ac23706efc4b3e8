package io.sampo.core.partition;

import org.jspecify.annotations.Nullable;

/// When a replica that starts may have lost records that it acknowledged (design 1.11, SUSPECT). Pure.
final class Suspicion {
    private Suspicion() {}

    /// Page-cache acknowledgements survive the end of the process but not of the machine.
    ///
    /// @return null when all is well
    static @Nullable String reason(ReplicaHistory history, ReplicaInput.Open open) {
        if (open.damage() != null) {
            return open.damage();
        }
        if (history.configLost() && !history.suspect()) {
            return "damage took the newest configuration";
        }
        if (history.highWatermarkHint() > history.logEndOffset()) {
            return "records below offset " + history.highWatermarkHint() + " were committed, but the log ends at "
                    + history.logEndOffset();
        }
        boolean isSoleVoter = history.config().voters().size() == 1;
        if (history.logEndOffset() < history.logStartOffset() && !isSoleVoter) {
            return "the log ends at " + history.logEndOffset() + ", below its start " + history.logStartOffset();
        }
        long closedAt = history.cleanCloseLogEndOffset();
        if (closedAt >= 0) {
            return closedAt == history.logEndOffset()
                    ? null
                    : "closed cleanly at offset " + closedAt + ", but the log ends at " + history.logEndOffset();
        }
        if (open.syncedBeforeAcknowledged() || open.bootId().equals(history.bootId()) || history.incarnation() == 0) {
            return null;
        }
        return "the machine went down without a clean close, and records were acknowledged before they were synced";
    }

    /// For a person: what is possibly gone when a replica goes on that nobody can make good.
    static String lossAlarm(ReplicaHistory history, PartitionId partition, String reason, String why) {
        return "possible data loss in " + history.topic() + "-" + partition.partition() + " (" + partition + "): "
                + reason + "; " + why + " with the records below offset " + history.logEndOffset();
    }
}
