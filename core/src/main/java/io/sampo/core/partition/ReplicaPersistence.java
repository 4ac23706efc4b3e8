package io.sampo.core.partition;

/// How a replica is addressed in Pekko Persistence: its persistence id and the journal plugin that serves it.
///
/// The persistence id is `replica|<topicId>/<partition>`. It names the partition and not the topic's name, so a
/// topic that was deleted and created again starts a new history.
public final class ReplicaPersistence {
    private static final String PREFIX = "replica|";
    private static final String JOURNAL_PREFIX = "sampo.persistence.journal-";

    /// How many journal plugins `sampo.persistence.journal-<n>` the reference configuration defines, n from 0.
    public static final int MAX_JOURNAL_COUNT = 4;

    /// Plugin id of the snapshot store: it keeps the checkpoints of all replicas.
    public static final String SNAPSHOT_PLUGIN_ID = "sampo.persistence.snapshot";

    private ReplicaPersistence() {}

    public static String persistenceId(PartitionId id) {
        return PREFIX + id;
    }

    /// The inverse of [#persistenceId(PartitionId)].
    ///
    /// @throws IllegalArgumentException when the persistence id is not one of a replica
    public static PartitionId parse(String persistenceId) {
        if (!persistenceId.startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                    "not the persistence id of a replica (" + PREFIX + "topicId/partition): " + persistenceId);
        }
        return PartitionId.parse(persistenceId.substring(PREFIX.length()));
    }

    /// The journal plugin of a partition: partitions are spread over `journalCount` plugin actors, because one
    /// actor handles the writes of its partitions one after the other. The plugins share all state, so the count
    /// may change from one start to the next.
    ///
    /// @param journalCount 1 to [#MAX_JOURNAL_COUNT]
    public static String journalPluginId(PartitionId id, int journalCount) {
        if (journalCount < 1 || journalCount > MAX_JOURNAL_COUNT) {
            throw new IllegalArgumentException(
                    "journalCount must be 1 to " + MAX_JOURNAL_COUNT + ", not " + journalCount);
        }
        return JOURNAL_PREFIX + Math.floorMod(id.hashCode(), journalCount);
    }
}
