package io.sampo.actors.partition;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.AppendRequest;
import io.sampo.core.partition.BarrierRequest;
import io.sampo.core.partition.DeleteRecordsRequest;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells those who wait for a replica how it went. What their code throws is their own affair and must not stop the
/// partition.
///
/// Thread rule: any thread.
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private Answers() {}

    static void complete(AppendRequest request, AppendOutcome outcome) {
        if (request instanceof Append append) {
            guarded(() -> append.listener().completed(outcome));
        } else if (request instanceof EpochAppend bound) {
            guarded(() -> bound.append().listener().completed(outcome));
        }
    }

    static void complete(DeleteRecordsRequest request, Errors error, long lowWatermark) {
        if (request instanceof LocalLeaderHandle.Deletion deletion) {
            guarded(() -> deletion.listener().completed(error, lowWatermark));
        }
    }

    static void complete(BarrierRequest request, Errors error, long highWatermark) {
        if (request instanceof LocalLeaderHandle.Barrier barrier) {
            guarded(() -> barrier.completed(error, highWatermark));
        }
    }

    static void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            LOG.error("a callback failed", e);
        }
    }
}
