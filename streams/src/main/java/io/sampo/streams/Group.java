package io.sampo.streams;

import java.util.Optional;

/// The consumer group that a consumption belongs to, and where it begins when nothing was committed yet.
///
/// {@snippet file="ConsumingGuideTest.java" region="group"}
///
/// @param name `group.id`
/// @param instanceId `group.instance.id`: a static member, which keeps its partitions over a short restart
/// @param whenNew `auto.offset.reset`
public record Group(String name, Optional<String> instanceId, Reset whenNew) {

    /// `auto.offset.reset`, also when the committed offset is outside of the log.
    ///
    /// {@snippet file="ConsumingGuideTest.java" region="when-new"}
    public enum Reset {
        /// With the oldest record that there is. The default: nothing is left out. (Kafka's own consumer begins
        /// with the newest.)
        EARLIEST,
        /// With what comes from now on; what was written while no offset was committed is left out.
        LATEST,
        /// With an error: Kafka's `NoOffsetForPartitionException` where nothing was committed,
        /// [io.sampo.streams.fetch.FetchFailure.OffsetOutOfRange] where the committed offset is outside of
        /// the log, and [io.sampo.streams.fetch.FetchFailure.LogTruncated] where the log lost what was
        /// read.
        NONE
    }

    public Group {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a group needs a name");
        }
    }

    /// A dynamic member, which begins with the oldest record where the group has committed nothing.
    ///
    /// @param name `group.id`
    /// @throws IllegalArgumentException when it is empty
    public static Group named(String name) {
        return new Group(name, Optional.empty(), Reset.EARLIEST);
    }

    /// A static member: leaving and coming back within `session.timeout.ms` moves no partition. With
    /// `group.protocol=consumer` one that crashed holds its name until its session ends: until then its
    /// successor fails with Kafka's `UnreleasedInstanceIdException`.
    ///
    /// @param newInstanceId unique among the members of the group
    public Group as(String newInstanceId) {
        return new Group(name, Optional.of(newInstanceId), whenNew);
    }

    /// Where a partition begins for which the group has committed nothing, or an offset that is not in the
    /// log any more. All others go on where they are: [io.sampo.streams.admin.Admin#resetGroupOffsets]
    /// moves them.
    public Group whenNew(Reset newWhenNew) {
        return new Group(name, instanceId, newWhenNew);
    }
}
