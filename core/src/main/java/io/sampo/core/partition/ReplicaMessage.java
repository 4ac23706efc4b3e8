package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What replicas of one partition say to each other (replication design, 1.4).
///
/// | message | from | to | answer |
/// |---|---|---|---|
/// | PreVote | who would campaign | voters | PreVoteReply |
/// | PromiseRequest | candidate | voters of the old and the new configuration | PromiseReply |
/// | AdoptRequest | candidate | the voter with the best log | AdoptReply |
/// | Announce | leader | voters and learners, every heartbeat | none: their fetches are the answer |
/// | Fetch | follower, learner | leader | FetchReply |
/// | Barrier | leader | voters | BarrierReply |
/// | TimeoutNow | leader, candidate | the replica that should campaign now | none |
/// | Resigned | leader | voters | none |
/// | RepairRequest | follower, learner with a damaged log | leader | RepairReply |
/// | KnownLife | who was started; anyone | voters; a sender whose past is longer than it knows | KnownLife, to who does
/// not know |
public sealed interface ReplicaMessage {

    /// The epoch in which it is said. A receiver that has promised a higher one does not obey it.
    int leaderEpoch();

    /// "Would you promise me this epoch?" Changes nothing at the receiver.
    ///
    /// @param suspect the sender may have lost records; it campaigns only when all others might have too
    record PreVote(int leaderEpoch, LogKey key, boolean suspect) implements ReplicaMessage {}

    /// @param leaderEpoch the epoch that was asked for
    /// @param promisedEpoch highest that the sender has promised or seen
    record PreVoteReply(int leaderEpoch, boolean granted, int promisedEpoch, LogKey key, boolean suspect)
            implements ReplicaMessage {}

    /// "Refuse everything below this epoch, and tell me what you have."
    ///
    /// @param targetConfig set when the candidate wants to change the configuration
    record PromiseRequest(int leaderEpoch, @Nullable VoterSet targetConfig) implements ReplicaMessage {}

    /// Sent when the promise is durable.
    ///
    /// @param leaderEpoch the epoch that was asked for
    /// @param promisedEpoch what the sender has promised; above `leaderEpoch` when it refuses
    record PromiseReply(
            int leaderEpoch,
            boolean granted,
            int promisedEpoch,
            LogKey key,
            long logStartOffset,
            VoterSet config,
            boolean suspect)
            implements ReplicaMessage {}

    /// A candidate takes over what the best log has beyond its own.
    ///
    /// @param key of the candidate
    /// @param promisedKey what the source promised with; it answers only while it still has it
    record AdoptRequest(int leaderEpoch, LogKey key, LogKey promisedKey, int maxBytes) implements ReplicaMessage {}

    /// "I lead this epoch."
    ///
    /// @param rests nothing is to be replicated: the leader will not announce itself again until there is, or until
    ///     a node is lost
    record Announce(int leaderEpoch, long startOffset, long highWatermark, boolean rests) implements ReplicaMessage {}

    /// Asks for what follows `key`, and acknowledges what the follower has.
    ///
    /// @param durableOffset exclusive end of what it holds as durably as the topic asks
    /// @param highWatermark that it knows
    /// @param logStartOffset of its log
    /// @param suspect it may have lost records: it does not count
    /// @param maxBytes of batches, but at least one; 0: none for now, because the follower has used up its quota
    ///     and asks again when it may. It gets some all the same when a commit waits for it
    /// @param maxWaitMs how long the leader may wait for something to send
    record Fetch(
            int leaderEpoch,
            LogKey key,
            long durableOffset,
            long highWatermark,
            long logStartOffset,
            boolean suspect,
            int maxBytes,
            int maxWaitMs)
            implements ReplicaMessage {}

    record Barrier(int leaderEpoch, long id) implements ReplicaMessage {}

    /// The sender had promised nothing above `leaderEpoch` when it got the barrier.
    record BarrierReply(int leaderEpoch, long id) implements ReplicaMessage {}

    /// "Campaign at once, without asking whether you may."
    record TimeoutNow(int leaderEpoch) implements ReplicaMessage {}

    /// "I do not lead this epoch any more."
    record Resigned(int leaderEpoch) implements ReplicaMessage {}

    /// "My log is damaged: may I cut it?" Whoever does counts for nothing until it has caught up.
    ///
    /// @param fromOffset where it would be cut
    /// @param toOffset exclusive end of the last damage that is known
    record RepairRequest(int leaderEpoch, long fromOffset, long toOffset) implements ReplicaMessage {}

    /// @param fromOffset that was asked for
    /// @param granted false: not now; ask again
    record RepairReply(int leaderEpoch, long fromOffset, boolean granted) implements ReplicaMessage {}

    /// "This is what I know of your lives." The sender has just been started, or meets the receiver for the first
    /// time, or heard from an earlier life of it. A receiver that is in an earlier life was set back to an older
    /// state of its disk (STALE_IDENTITY); one that is in a later life says so with the same message.
    ///
    /// @param life of the receiver, the newest that the sender has heard of; [Life#NONE]: it has heard of none
    record KnownLife(int leaderEpoch, long life) implements ReplicaMessage {}

    /// A part of the sender's log. The core makes it without batches; the shell puts them in
    /// ([ReplicaEffect.SendTail]).
    sealed interface TailMessage extends ReplicaMessage {

        /// The receiver's key when it asked. It drops the answer when its key is another one by now: the answer is
        /// late, or the second copy.
        LogKey echo();

        /// Those after the receiver's last one, oldest first.
        List<EpochStarted> markers();

        /// Whole batches from the receiver's log end on, without holes but those of compaction.
        List<BatchAppended> batches();

        TailMessage withBatches(List<BatchAppended> batches);
    }

    /// @param logEndOffset of the leader
    /// @param diverging set when the receiver's log is not a prefix of the leader's: it has to cut it
    /// @param reset set when the receiver's log ends below the leader's log start: it has to begin anew
    /// @param recoveredIncarnation the suspect receiver of this incarnation has caught up; -1 if it has not
    record FetchReply(
            int leaderEpoch,
            LogKey echo,
            List<EpochStarted> markers,
            List<BatchAppended> batches,
            long highWatermark,
            long logStartOffset,
            long logEndOffset,
            @Nullable DivergingEpoch diverging,
            @Nullable LogReset reset,
            long recoveredIncarnation)
            implements TailMessage {

        public FetchReply {
            markers = List.copyOf(markers);
            batches = List.copyOf(batches);
        }

        @Override
        public FetchReply withBatches(List<BatchAppended> read) {
            return new FetchReply(
                    leaderEpoch,
                    echo,
                    markers,
                    read,
                    highWatermark,
                    logStartOffset,
                    logEndOffset,
                    diverging,
                    reset,
                    recoveredIncarnation);
        }
    }

    /// @param sourceKey of the sender now; the candidate gives up when it is not the one that was promised
    /// @param diverging set when the candidate's log is not a prefix of the sender's
    record AdoptReply(
            int leaderEpoch,
            LogKey echo,
            LogKey sourceKey,
            List<EpochStarted> markers,
            List<BatchAppended> batches,
            @Nullable DivergingEpoch diverging)
            implements TailMessage {

        public AdoptReply {
            markers = List.copyOf(markers);
            batches = List.copyOf(batches);
        }

        @Override
        public AdoptReply withBatches(List<BatchAppended> read) {
            return new AdoptReply(leaderEpoch, echo, sourceKey, markers, read, diverging);
        }
    }

    /// Where two logs part (KIP-595): the sender's largest marker epoch up to the receiver's last one, and where
    /// that epoch ends in the sender's log (exclusive).
    record DivergingEpoch(int leaderEpoch, long endOffset) {}

    /// What a replica needs to begin anew at `logStartOffset`.
    ///
    /// @param markers all of the leader's
    /// @param producers what its log said of them below `logStartOffset`
    /// @param forgottenProducerId no producer with a higher id was ever forgotten; -1: none was
    record LogReset(
            long logStartOffset,
            List<EpochStart> markers,
            List<ConfigStart> configs,
            List<ProducerEntry> producers,
            long forgottenProducerId) {

        public LogReset {
            markers = List.copyOf(markers);
            configs = List.copyOf(configs);
            producers = List.copyOf(producers);
        }
    }
}
