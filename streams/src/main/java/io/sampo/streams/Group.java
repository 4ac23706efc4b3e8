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
    public enum Reset {
        /// With the oldest record that there is. The default: nothing is left out. (Kafka's own consumer begins
        /// with the newest.)
        EARLIEST,
        /// With what comes from now on; what was written while no offset was committed is left out.
        LATEST,
        /// With an error.
        NONE
    }

    public Group {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a group needs a name");
        }
    }

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

    public Group whenNew(Reset newWhenNew) {
        return new Group(name, instanceId, newWhenNew);
    }
}
