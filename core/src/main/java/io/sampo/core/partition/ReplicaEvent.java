package io.sampo.core.partition;

import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Everything that a replica persists. Batches go to the segmented log, byte for byte; all others go to the meta
/// journal. The sequence of events is the replica's history: its state is what [ReplicaCore] makes of them.
public sealed interface ReplicaEvent {

    /// One record batch at the end of the log.
    ///
    /// @param header of the batch, with its final offsets and leader epoch
    /// @param bytes exactly the one batch, final; null when the event comes from recovery (the bytes are in the
    ///     log)
    record BatchAppended(BatchHeader header, @Nullable MemoryRecords bytes) implements ReplicaEvent {}

    /// First event of every replica.
    record ReplicaCreated(String topic, PartitionId partition, ReplicaId self, VoterSet initialConfig)
            implements ReplicaEvent {}

    /// This process opened the directory. `incarnation` grows by one at each start; `bootId` identifies the boot of
    /// the operating system, so that a killed process (page cache intact) is told from a crashed machine.
    record Opened(long incarnation, String bootId) implements ReplicaEvent {}

    /// Clean stop: everything below `logEndOffset` was synced before this event was written.
    record CleanClose(long logEndOffset, String bootId) implements ReplicaEvent {}

    /// The replica promised to refuse everything below `leaderEpoch`. Synced before the promise leaves.
    record EpochPromised(int leaderEpoch, ReplicaId candidate) implements ReplicaEvent {}

    /// An operator has forced a configuration ([ForcedConfig]): a promise of its epoch to its voter. Which
    /// configuration holds is not known here, and acknowledged records may be missing, until the replica has
    /// caught up with a leader; the voter itself starts the epoch.
    record ConfigForced(int leaderEpoch, ReplicaId voter) implements ReplicaEvent {}

    /// The zero-width marker of a new leader epoch, ordered before `startOffset`. The log below `startOffset` is
    /// synced before the marker is written (rule F1).
    record EpochStarted(int leaderEpoch, long startOffset, ReplicaId leader, VoterSet config) implements ReplicaEvent {}

    /// The log will be cut to `toOffset` (exclusive end); written before any file is touched, finished by recovery.
    ///
    /// @param byLeaderEpoch epoch of the leader that said so; -1: recovery cut off what is damaged
    record TruncateIntent(long toOffset, int keepMarkersUpToEpoch, int byLeaderEpoch) implements ReplicaEvent {}

    /// Acknowledged data may be missing here (machine crash without a clean close, or corruption).
    record Suspected(String bootId, String reason) implements ReplicaEvent {}

    /// The replica caught up with a leader after [Suspected].
    record Recovered(int leaderEpoch, long offset) implements ReplicaEvent {}

    /// Records below `logStartOffset` are gone (retention or DeleteRecords).
    record LogStartAdvanced(long logStartOffset) implements ReplicaEvent {}

    /// Another replica was heard of in this life, a later one than any before. Synced before anything that it says
    /// in it is counted: a directory that is set back to an older state is then found out also by those that were
    /// started again since (docs/adr/0015).
    ///
    /// @param life as of [Life]
    record PeerHeard(ReplicaId replica, long life) implements ReplicaEvent {}

    /// Others know a later life of this directory: it was set back to an older state, and what it promised and
    /// acknowledged since is missing. It never takes part again.
    ///
    /// @param laterLife that was heard of
    record SetBack(long laterLife) implements ReplicaEvent {}

    /// A hint only: never trusted, not synced.
    record HighWatermarkHint(long highWatermark) implements ReplicaEvent {}

    /// State of a replica at one point of its history: what a snapshot holds. Recovery applies it and then the
    /// events after it.
    ///
    /// @param logEndOffset exclusive end of the log that this checkpoint describes; that prefix was synced before
    ///     it was stored
    /// @param producers one entry for each live producer id
    /// @param configs the configurations of all markers, oldest first, so that a truncation can go back to one
    /// @param configLost which configuration holds is not known: damage took the marker that brought it, or another
    ///     one was forced
    /// @param forgottenProducerId no producer with a higher id was ever forgotten; -1: none was
    /// @param peers the newest life that was heard of each other replica
    record Checkpoint(
            String topic,
            PartitionId partition,
            ReplicaId self,
            VoterSet config,
            long incarnation,
            String bootId,
            int promisedEpoch,
            long logStartOffset,
            long logEndOffset,
            long highWatermark,
            boolean suspect,
            List<EpochStart> epochStarts,
            List<ProducerEntry> producers,
            List<ConfigStart> configs,
            boolean configLost,
            long forgottenProducerId,
            List<PeerHeard> peers) {

        public Checkpoint {
            epochStarts = List.copyOf(epochStarts);
            producers = List.copyOf(producers);
            configs = List.copyOf(configs);
            peers = List.copyOf(peers);
        }

        /// With one configuration for the whole log; any producer may have been forgotten, and nobody was heard of.
        public Checkpoint(
                String topic,
                PartitionId partition,
                ReplicaId self,
                VoterSet config,
                long incarnation,
                String bootId,
                int promisedEpoch,
                long logStartOffset,
                long logEndOffset,
                long highWatermark,
                boolean suspect,
                List<EpochStart> epochStarts,
                List<ProducerEntry> producers) {
            this(
                    topic,
                    partition,
                    self,
                    config,
                    incarnation,
                    bootId,
                    promisedEpoch,
                    logStartOffset,
                    logEndOffset,
                    highWatermark,
                    suspect,
                    epochStarts,
                    producers,
                    List.of(new ConfigStart(-1, config)),
                    false,
                    Long.MAX_VALUE,
                    List.of());
        }

        /// The log is about to be cut below what this checkpoint describes, and no older one is left: its
        /// control state stays, and all batches from `firstOffset` on are read again. What it says of
        /// producers rests on batches that may go; so only what is read again is known of them.
        public Checkpoint rewoundTo(long firstOffset) {
            return new Checkpoint(
                    topic,
                    partition,
                    self,
                    config,
                    incarnation,
                    bootId,
                    promisedEpoch,
                    logStartOffset,
                    firstOffset,
                    firstOffset,
                    suspect,
                    epochStarts,
                    List.of(),
                    configs,
                    configLost,
                    firstOffset == 0 ? -1 : Long.MAX_VALUE,
                    peers);
        }
    }

    /// What the log knows of one producer: its epoch and its last batches, oldest first (at most 5, as many as may
    /// be in flight).
    ///
    /// @param lastTimestampMs log time of its last batch; entries expire by it (`producer.id.expiration.ms`)
    /// @param coordinatorEpoch highest epoch seen in a transaction marker, -1 if none
    /// @param currentTransactionFirstOffset first offset of its open transaction, -1 if none
    record ProducerEntry(
            long producerId,
            short producerEpoch,
            int coordinatorEpoch,
            long lastTimestampMs,
            long currentTransactionFirstOffset,
            List<ProducerBatch> lastBatches) {

        public ProducerEntry {
            lastBatches = List.copyOf(lastBatches);
        }
    }

    /// @param lastSequence of the last record, inclusive; wraps at Integer.MAX_VALUE to 0
    record ProducerBatch(int baseSequence, int lastSequence, long baseOffset, long lastOffset, long timestampMs) {}
}
