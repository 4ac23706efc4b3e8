package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplicaPersistenceTest {
    private static final PartitionId ID = new PartitionId(new Uuid(7, 11), 3);

    @Test
    void persistenceIdNamesTopicIdAndPartitionAndParsesBack() {
        assertEquals("replica|" + new Uuid(7, 11) + "/3", ReplicaPersistence.persistenceId(ID));
        assertEquals(ID, ReplicaPersistence.parse(ReplicaPersistence.persistenceId(ID)));
    }

    @Test
    void otherPersistenceIdsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> ReplicaPersistence.parse("group|g1"));
        assertThrows(IllegalArgumentException.class, () -> ReplicaPersistence.parse("replica|nonsense"));
    }

    @Test
    void partitionsSpreadOverAllJournals() {
        Set<String> plugins = new HashSet<>();
        for (int partition = 0; partition < 100; partition++) {
            plugins.add(ReplicaPersistence.journalPluginId(new PartitionId(new Uuid(7, 11), partition), 4));
        }
        assertEquals(
                Set.of(
                        "sampo.persistence.journal-0",
                        "sampo.persistence.journal-1",
                        "sampo.persistence.journal-2",
                        "sampo.persistence.journal-3"),
                plugins);
        assertThrows(IllegalArgumentException.class, () -> ReplicaPersistence.journalPluginId(ID, 5));
    }
}
