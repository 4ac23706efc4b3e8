package io.sampo.streams.group;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// Hears which partitions a member owns.
///
/// Thread rule: called by the member, one call at a time, in the order of what happened; a call must not block. One
/// that throws ends the membership with [#failed].
///
/// Of each partition: `assigned`, then either `revoke` (and `lost`, when it is not done in time) or `lost`; then
/// perhaps `assigned` again.
public interface GroupListener {

    /// Partitions to work on from now.
    ///
    /// @param added each with its committed offset; empty: nobody has committed one. May have no entries, when a
    ///     rebalance brought nothing new
    /// @param all what the member owns now, those that are being revoked not among them
    void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added, Set<TopicPartition> all);

    /// These go to another member: end what is under way, commit it, then call `done`. No other member gets them
    /// before, unless it takes longer than `sampo.drain.timeout.ms`, or the group loses this member.
    ///
    /// @param done any thread, any number of times; commits of these partitions fail afterwards
    void revoke(Set<TopicPartition> partitions, Runnable done);

    /// These are gone already, and may be worked on elsewhere: nothing of them can be committed any more.
    void lost(Set<TopicPartition> partitions);

    /// The membership is over, and does not come back by itself. Called once; `lost` came before it when something
    /// was owned.
    void failed(Throwable cause);
}
