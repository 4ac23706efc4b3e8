package io.sampo.actors.partition;

import java.time.Duration;

/// Bounds and times of the actors of partitions.
///
/// @param intakeMaxRequests appends and deletions that may wait before one replica; more are refused at once
/// @param intakeMaxBytes bytes of batches that may wait before one replica; more are refused at once, but one batch
///     always fits
/// @param drainMaxRequests at most so many requests go into one persist
/// @param drainMaxBytes a persist takes no further request when it holds so many bytes
/// @param gatherMaxWait after a slow persist the next one waits at most so long for as many requests as were under
///     way
/// @param checkpointBytes a checkpoint is stored after so many appended bytes, of a log that is synced as it is
///     written
/// @param unsyncedCheckpointBytes likewise of a log that is acknowledged from the page cache: a checkpoint syncs
///     all
///     that is not on disk yet, and appends to the same file wait meanwhile
/// @param startsAtATime so many replicas of a node recover at the same time
/// @param settlingAtATime no further one starts while so many have opened that neither lead nor know a leader
/// @param settleLimit those that have been open for so long are waited for no longer
/// @param stopsAtATime at most so many replicas of a node that stops hand over or close at the same time
/// @param handOverTimeout what a node that stops has not handed over by then, one partition after another, it closes
/// @param retryInterval how long to wait before asking again for a start or for leadership
/// @param reopenMinBackoff first wait before a replica with a failed disk is opened again; doubles up to the next
/// @param reopenMaxBackoff longest wait before it is opened again
/// @param closeTimeout how long the clean stop of a replica waits for another leader, and then for its checkpoint
/// @param producerExpirationCheckInterval `producer.id.expiration.check.interval.ms`
/// @param journalCount journal plugins that the partitions are spread over
/// @param helloInterval how often a node says to the others that it is here
/// @param nodeLostAfter a node that was not heard for so long counts as lost, and its partitions look for other leaders
/// @param successionMaxWait clients that ask here for what this node led until a moment ago wait at most so long for
/// the
///     name of the next leader, counted from the end of the leadership
public record PartitionActorSettings(
        int intakeMaxRequests,
        long intakeMaxBytes,
        int drainMaxRequests,
        long drainMaxBytes,
        Duration gatherMaxWait,
        long checkpointBytes,
        long unsyncedCheckpointBytes,
        int startsAtATime,
        int settlingAtATime,
        Duration settleLimit,
        int stopsAtATime,
        Duration handOverTimeout,
        Duration retryInterval,
        Duration reopenMinBackoff,
        Duration reopenMaxBackoff,
        Duration closeTimeout,
        Duration producerExpirationCheckInterval,
        int journalCount,
        Duration helloInterval,
        Duration nodeLostAfter,
        Duration successionMaxWait) {

    public static final PartitionActorSettings DEFAULTS = new PartitionActorSettings(
            16_384,
            256L * 1024 * 1024,
            1024,
            8L * 1024 * 1024,
            Duration.ofMillis(2),
            64L * 1024 * 1024,
            1024L * 1024 * 1024,
            64,
            128,
            Duration.ofSeconds(1),
            64,
            Duration.ofSeconds(10),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofMinutes(10),
            2,
            Duration.ofMillis(300),
            Duration.ofMillis(1_200),
            Duration.ofMillis(500));

    public PartitionActorSettings withProducerExpirationCheckInterval(Duration interval) {
        return new PartitionActorSettings(
                intakeMaxRequests,
                intakeMaxBytes,
                drainMaxRequests,
                drainMaxBytes,
                gatherMaxWait,
                checkpointBytes,
                unsyncedCheckpointBytes,
                startsAtATime,
                settlingAtATime,
                settleLimit,
                stopsAtATime,
                handOverTimeout,
                retryInterval,
                reopenMinBackoff,
                reopenMaxBackoff,
                closeTimeout,
                interval,
                journalCount,
                helloInterval,
                nodeLostAfter,
                successionMaxWait);
    }
}
