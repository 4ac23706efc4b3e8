package io.sampo.core.group;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Everything one coordinator knows: its groups, their offsets, its timers. What the log holds changes only by
/// [#replay]; members and rebalances live in memory, as in Kafka. Not thread-safe.
final class CoordinatorState {
    private final NavigableMap<String, ClassicGroup> groups = new TreeMap<>();
    private final Offsets offsets = new Offsets();
    private final Timers timers = new Timers();

    @Nullable
    ClassicGroup group(String groupId) {
        return groups.get(groupId);
    }

    Collection<ClassicGroup> groups() {
        return groups.values();
    }

    ClassicGroup create(String groupId, long nowMs) {
        ClassicGroup group = new ClassicGroup(groupId, nowMs);
        groups.put(groupId, group);
        return group;
    }

    /// Forgets a group that never made it into the log.
    void forget(ClassicGroup group) {
        groups.remove(group.groupId(), group);
    }

    Offsets offsets() {
        return offsets;
    }

    Timers timers() {
        return timers;
    }

    /// @return takes the change back; to be run before those of earlier records
    Runnable replay(GroupRecord record) {
        return switch (record) {
            case GroupRecord.OffsetCommit commit -> replayCommit(commit);
            case GroupRecord.GroupMetadata metadata -> replayGroup(metadata);
        };
    }

    private Runnable replayCommit(GroupRecord.OffsetCommit commit) {
        // A consumer that only stores positions has no group record: its "simple" group exists by its offsets.
        boolean createsGroup = commit.value() != null && !groups.containsKey(commit.groupId());
        if (createsGroup) {
            create(commit.groupId(), -1);
        }
        CommittedOffset previous = offsets.set(commit.groupId(), commit.topic(), commit.partition(), commit.value());
        return () -> {
            offsets.set(commit.groupId(), commit.topic(), commit.partition(), previous);
            if (createsGroup) {
                ClassicGroup created = groups.get(commit.groupId());
                if (created != null && created.protocolType() == null) {
                    groups.remove(commit.groupId());
                }
            }
        };
    }

    private Runnable replayGroup(GroupRecord.GroupMetadata metadata) {
        ClassicGroup previous = metadata.value() == null
                ? groups.remove(metadata.groupId())
                : groups.put(metadata.groupId(), ClassicGroup.from(metadata.groupId(), metadata.value()));
        return () -> {
            if (previous == null) {
                groups.remove(metadata.groupId());
            } else {
                groups.putIfAbsent(metadata.groupId(), previous);
            }
        };
    }
}
