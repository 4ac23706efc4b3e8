package io.sampo.streams;

import java.time.Duration;
import java.util.Map;
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
    ///
    /// {@snippet file="RunningGuideTest.java" region="handler-failed"}
    ///
    /// @return fails with one of these, itself and not wrapped:
    ///     - [HandlerFailed] or [UndecodableRecord], of a consumption whose [Retry] says to stop
    ///     - why a dead letter could not be written, as [Topic#send] says
    ///     - what the reading of [Topic#source] fails with: a [io.sampo.streams.fetch.FetchFailure],
    ///       Kafka's `NoOffsetForPartitionException`, a [io.sampo.streams.group.CommitFailed], an
    ///       [org.apache.kafka.common.errors.ApiException] of the group, an [UnsupportedFeature]
    ///     - an [IllegalStateException] when the actor system that it runs on has ended.
    ///
    ///     A consumption whose failure may pass begins anew instead, as its [Restart] says
    CompletionStage<Done> completion();

    /// Partitions that it has now; empty before the group has given it some, and while it pauses before it
    /// begins anew.
    Set<TopicPartition> assignment();

    /// How far it is behind, as far as it knows: of the partitions that it has, those of which a broker has
    /// told the end. Asks no broker; empty before the first answer, and while it pauses before it begins
    /// anew.
    ///
    /// @return may fail when the reading has ended, with a [java.util.concurrent.CancellationException]
    ///     within a [java.util.concurrent.CompletionException]; for no other reason
    CompletionStage<Lag> lag();

    /// Goes on elsewhere in partitions that it has now: back, to handle records again, or ahead, to leave some
    /// out. What was delivered of them before is acknowledged in vain from then on, and the group's position is
    /// moved at once, so that whoever gets the partition next goes on from there, too.
    ///
    /// {@snippet file="RunningGuideTest.java" region="seek"}
    ///
    /// Records that were handed to a handler, or wait for one, are still handled; those that come next wait for
    /// them, as the [Ordering] says. Of [Topic#partitions] the partition's source completes, and comes anew.
    ///
    /// @param offsets of the records that come next, from 0 on, by partition. One that is not in the log is
    ///     treated as [Group#whenNew] says
    /// @return completes when the group has the new positions. Fails
    ///     - with an [IllegalStateException] when this consumption does not have one of the partitions, or
    ///       moves one already: then nothing is moved, unless one goes away in that very moment, when the
    ///       others are
    ///     - with a [io.sampo.streams.group.CommitFailed] when it goes on from there, and the group could not
    ///       be told
    /// @throws IllegalArgumentException for an offset below 0
    CompletionStage<Void> seek(Map<TopicPartition, Long> offsets);

    /// How often it has begun anew, and after which failure; see [Restart]. A stream of your own never does.
    default Restarts restarts() {
        return Restarts.NONE;
    }

    /// Takes nothing new, lets what was delivered be acknowledged, commits, leaves the group.
    ///
    /// @param limit after which it commits what is acknowledged by then, and leaves; the rest is delivered again
    /// @return completes when it has left; fails as [#completion]
    CompletionStage<Done> drain(Duration limit);

    /// Drains for as long as `default.api.timeout.ms`, and waits for it. Throws nothing when the
    /// consumption failed: [#completion] tells.
    @Override
    void close();
}
