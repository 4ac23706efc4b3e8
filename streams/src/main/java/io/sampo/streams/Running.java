package io.sampo.streams;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;

/// A consumption that has been started.
///
/// {@snippet file="ConsumingGuideTest.java" region="running"}
///
/// Thread rule: any thread.
public interface Running extends AutoCloseable {

    /// Completes when it has come to its end in good order; fails with what ended it otherwise. Nobody else
    /// reports a failure, beside the log and [#restarts].
    CompletionStage<Done> completion();

    /// Partitions that it has now.
    Set<TopicPartition> assignment();

    /// How far it is behind, as far as it knows.
    CompletionStage<Lag> lag();

    /// How often it has begun anew, and after which failure; see [Restart]. A stream of your own never does.
    default Restarts restarts() {
        return Restarts.NONE;
    }

    /// Takes nothing new, lets what was delivered be acknowledged, commits, leaves the group.
    ///
    /// @param limit after which it commits what is acknowledged by then, and leaves; the rest is delivered again
    /// @return completes when it has left
    CompletionStage<Done> drain(Duration limit);

    /// Drains for as long as `default.api.timeout.ms`, and waits for it.
    @Override
    void close();
}
