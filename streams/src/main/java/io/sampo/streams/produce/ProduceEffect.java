package io.sampo.streams.produce;

import java.util.List;
import java.util.Set;

/// What the shell is to carry out for a [ProduceCore].
sealed interface ProduceEffect {

    /// One request; the core is told `answered` or `failed` with the same id, once.
    ///
    /// @param batches at most one of each partition, numbered
    record SendBatches(long requestId, int nodeId, List<PendingBatch> batches) implements ProduceEffect {}

    /// The core is told `identified` or `notIdentified`, once.
    record AskIdentity() implements ProduceEffect {}

    /// The core is told `refreshed`, once.
    record RefreshTopics(Set<String> topics) implements ProduceEffect {}

    /// The records of the batch have their outcome, once.
    record CompleteBatch(BatchContent content, BatchOutcome outcome) implements ProduceEffect {}
}
