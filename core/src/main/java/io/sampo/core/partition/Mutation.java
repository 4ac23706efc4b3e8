package io.sampo.core.partition;

/// Planted bugs: each switches one rule of the protocol off. Only tests can make a core with one
/// ([ReplicaCore] has no public constructor that takes them); the simulator must catch every one of them.
public enum Mutation {

    /// Commits by counting copies, also of older epochs and before the epoch's own marker is held by enough voters.
    COMMIT_WITHOUT_CURRENT_MARKER,

    /// A replica that may have lost records counts, campaigns and is counted in elections as if it had not.
    SUSPECT_COUNTED,

    /// A candidate starts its epoch on its own log although a voter promised with a better one.
    NO_ADOPTION,

    /// Replicas are told apart by their node only: an empty disk acts in the name of the lost one. The core
    /// does not look at the past of identities then; the test's shell must give a new disk the old identity.
    IDENTITY_IS_NODE,

    /// The configuration goes to the desired one in one step, however many voters that changes.
    MANY_VOTERS_AT_ONCE,

    /// Configuration changes ask the new majority only, and do not wait for the epoch's marker to be committed.
    RECONFIGURE_WITHOUT_OLD_MAJORITY,

    /// A suspect replica counts again from its first fetch on, before it has caught up.
    SUSPECT_CLEARED_EARLY,

    /// The promise leaves before it is on disk (and is not written at all).
    PROMISE_NOT_PERSISTED,

    /// A truncation drops markers by epoch only and keeps those that start beyond the new end.
    TRUNCATION_KEEPS_MARKERS_BEYOND_END,

    /// The matches of learners and strangers are counted for the high watermark.
    NON_VOTERS_COUNTED,

    /// What an earlier life of a replica acknowledged or promised is counted.
    OLD_INCARNATION_COUNTED,

    /// Which lives of the other replicas it knew is in memory only: a replica that starts again believes a
    /// directory that was set back.
    PEERS_FORGOTTEN_AT_RESTART,

    /// A follower takes answers that do not fit its log any more: late ones and second copies.
    ECHO_NOT_CHECKED,

    /// A new leader does not recognise batches that were written before its epoch as repeated ones.
    NO_DEDUPLICATION_AFTER_FAILOVER,

    /// The producers' state stays as it was when the log is cut. Planted by the test's shell, which makes the core
    /// after a truncation (`Mutants.keepProducers`).
    PRODUCER_STATE_NOT_ROLLED_BACK,

    /// acks=all is answered when the leader alone has the record.
    ACK_BEFORE_COMMIT,

    /// The marker of an epoch is written before the log below it is synced (rule F1).
    MARKER_BEFORE_LOG_SYNC,

    /// A follower whose log does not fit is not told so, and so does not cut it.
    NO_TRUNCATION,

    /// A follower that has to cut its log cuts all of it, what is committed too, and fetches it again.
    TRUNCATE_BELOW_HIGH_WATERMARK,

    /// A leader that hears from no majority goes on for ever.
    NO_CHECK_QUORUM,

    /// `min.insync.replicas` above the majority is ignored.
    MIN_IN_SYNC_IGNORED,

    /// TimeoutNow is obeyed whatever its epoch, and without a promise of a majority.
    TIMEOUT_NOW_LEADS_AT_ONCE,

    /// A follower takes the leader's log start although its own high watermark is below it.
    LOG_START_BEYOND_HIGH_WATERMARK,

    /// A follower takes the leader's high watermark although its own log ends below it.
    HIGH_WATERMARK_BEYOND_LOG_END,

    /// A replica promises the same epoch to a second candidate.
    PROMISES_TWICE,

    /// A follower acknowledges what it has not written yet.
    ACKNOWLEDGES_BEFORE_PERSISTED,

    /// A candidate leads with the promises of half of the voters.
    HALF_IS_A_MAJORITY,

    /// A partition rests although its nodes are not known to be alive.
    RESTS_WITHOUT_LIVENESS,

    /// Observers become voters like learners.
    OBSERVERS_VOTE,

    /// A follower goes on obeying a leader after it promised a higher epoch.
    OLD_LEADER_OBEYED,

    /// A follower below the leader's log start begins anew without the producers' state.
    RESET_WITHOUT_PRODUCERS,

    /// A producer that nobody knows may begin with any sequence number, also where none was ever forgotten.
    UNKNOWN_PRODUCER_STARTS_ANYWHERE,

    /// A replica whose newest configuration was lost to damage goes by the one before it.
    LOST_CONFIG_IGNORED,

    /// The leader serves clients as soon as it has written its marker, before that is committed.
    ACTIVE_BEFORE_COMMIT,

    /// A read barrier is answered without asking anybody.
    BARRIER_WITHOUT_ROUND,

    /// A follower that does not have this epoch's marker yet counts all the same.
    FOLLOWER_MATCH_FROM_OLD_EPOCH,

    /// A replica that is not named by a forced configuration does not promise its epoch.
    FORCED_EPOCH_NOT_PROMISED,

    /// The controller answers when its batch is decided, before it is committed.
    CONTROLLER_ANSWERS_BEFORE_COMMIT,

    /// The controller decides on what is committed, not on all that it decided before.
    CONTROLLER_DECIDES_ON_COMMITTED_IMAGE,

    /// A node's image holds what is in its log, committed or not. Planted by the test's shell.
    IMAGE_READS_UNCOMMITTED
}
