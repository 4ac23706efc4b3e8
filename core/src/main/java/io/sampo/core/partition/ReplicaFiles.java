package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import java.util.Optional;

/// Port to what happens to a replica's files between two lives of its core, and to what recovery found there.
///
/// The order in which the shell uses it:
/// 1. [ReplicaEffect.Truncate], [ReplicaEffect.Reset] or [ReplicaEffect.CutDamage]: end the replica's actor and wait
///    until it has stopped (all of its persists are answered by then). The partition stays registered.
/// 2. [#truncate], [#reset] or [#cutDamage], on a thread that may wait for the disk.
/// 3. Start the actor again: it recovers from what is left. `PartitionLogs.find` gives another [PartitionLog] from
///    then on; one that was found before gives old bytes or a [PartitionLogException], never new bytes under old
///    offsets.
/// 4. When it has recovered, ask [#damage] and put the answer into [ReplicaInput.Open].
///
/// Thread rule: `truncate`, `reset` and `cutDamage` block, one caller at a time per partition, while no actor of the
/// replica runs; [#damage] any thread, touches no file.
public interface ReplicaFiles {

    /// Cuts the log as the newest `TruncateIntent` of its journal says; does nothing when that was done already.
    /// Also what recovery does by itself when it finds an intent that was not carried out, so a crash at any point
    /// ends in the same log, and a shell that forgets the call still gets a log that was cut.
    ///
    /// @throws PartitionLogException the cut failed: the partition is offline
    void truncate(PartitionId id);

    /// Removes the whole log with its journal and stores the checkpoint in their place: after a crash either
    /// all is as it was, or recovery begins with the checkpoint, an empty log from its `logStartOffset` on. The
    /// checkpoint's log ends where it starts.
    ///
    /// @throws PartitionLogException it failed: the partition is offline
    void reset(PartitionId id, Checkpoint checkpoint);

    /// Cuts the log in front of damage that was found in it while it ran ([ReplicaInput.DamageFound]), and
    /// keeps the damaged file aside; what follows is to be fetched again. Does nothing when none is
    /// known, or when no other replica has the records. After a crash
    /// either all is as it was, or recovery ends in the same log. Afterwards [#damage] tells of it.
    ///
    /// @throws PartitionLogException it failed: the partition is offline
    void cutDamage(PartitionId id, long fromOffset);

    /// What was found damaged below the end of what was durable and has been cut off (the damaged files are kept
    /// aside), or that a sync failed in an earlier life: for [ReplicaInput.Open]. Told after each recovery until an
    /// `Opened` was persisted.
    ///
    /// A replica that is the only voter of its newest configuration has nobody to fetch from: its log is not cut,
    /// the partition is offline instead.
    Optional<String> damage(PartitionId id);
}
