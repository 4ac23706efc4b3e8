package io.sampo.streams.produce;

import io.sampo.streams.Sent;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/// Is told once what became of a record, on whatever thread; must neither throw nor wait.
interface SendOutcome {
    /// @param offset -1 when unknown
    void sent(TopicPartition partition, long offset, long timestampMs);

    void failed(Throwable failure);

    /// For callers that want a stage of each record.
    final class Future extends CompletableFuture<Sent> implements SendOutcome {
        @Override
        public void sent(TopicPartition partition, long offset, long timestampMs) {
            complete(new Sent(partition.topic(), partition.partition(), offset, timestampMs));
        }

        @Override
        public void failed(Throwable failure) {
            completeExceptionally(failure);
        }
    }
}
