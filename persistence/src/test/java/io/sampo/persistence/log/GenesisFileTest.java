package io.sampo.persistence.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenesisFileTest {
    private final Genesis.Voter self =
            new Genesis.Voter(1, Uuid.randomUuid(), Uuid.randomUuid(), "node-1.example.org", 19092);
    private final Genesis.Voter other = new Genesis.Voter(2, Uuid.randomUuid(), Uuid.randomUuid(), "::1", 19093);
    private final Genesis genesis = new Genesis("a-cluster", List.of(self, other));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path path;

    @Test
    void whatWasSavedIsReadAgainAndAMemberKnowsItsCluster() {
        BootstrapState.Proposed proposed = new BootstrapState.Proposed(3, genesis);
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            assertEquals(BootstrapState.Blank.INSTANCE, directory.bootstrapState(self));
            directory.save(proposed);
            assertEquals(Optional.empty(), directory.properties().clusterId());
        }
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            assertEquals(proposed, directory.bootstrapState(self));
            directory.save(new BootstrapState.Member(genesis));
        }
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            assertEquals(new BootstrapState.Member(genesis), directory.bootstrapState(self));
            assertEquals(Optional.of("a-cluster"), directory.properties().clusterId());
        }
    }

    @Test
    void aDirectoryFromBeforeIsTheClusterOfItsNode() {
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            directory.joinCluster("old");

            assertEquals(new BootstrapState.Member(Genesis.single("old", self)), directory.bootstrapState(self));
        }
    }

    @Test
    void aMemberOfAnotherClusterIsRefused() {
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            directory.joinCluster("old");

            assertThrows(DataDirectoryException.class, () -> directory.save(new BootstrapState.Member(genesis)));
        }
    }

    @Test
    void damageIsNamed() throws IOException {
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            directory.save(new BootstrapState.Member(genesis));
            Path file = path.resolve(GenesisFile.FILE);
            Files.writeString(file, Files.readString(file).replace("19092", "19099"));

            var damaged = assertThrows(DataDirectoryException.class, () -> directory.bootstrapState(self));
            assertTrue(String.valueOf(damaged.getMessage()).contains("genesis.properties is damaged"));
        }
    }

    @Test
    void aNodeWithoutAnIdIsGivenOneOnce() {
        try (DataDirectory directory = DataDirectory.open(path, OptionalInt.empty(), -1)) {
            assertEquals(-1, directory.properties().nodeId());
            directory.assignNodeId(7);
        }
        try (DataDirectory directory = DataDirectory.open(path, OptionalInt.empty(), 1)) {
            assertEquals(7, directory.properties().nodeId());
            assertThrows(IllegalStateException.class, () -> directory.assignNodeId(8));
        }
        assertThrows(DataDirectoryException.class, () -> DataDirectory.open(path, OptionalInt.of(2), 2));
    }

    @Test
    void otherNodesAreRememberedAsFarAsTheFileCanBeRead() throws IOException {
        try (DataDirectory directory = DataDirectory.open(path, 1)) {
            assertEquals(List.of(), directory.rememberedNodes());
            List<NodeAddress> nodes = List.of(self.address(), other.address());
            directory.remember(nodes);
            assertEquals(nodes, directory.rememberedNodes());
            Files.writeString(path.resolve("cluster-nodes"), "nonsense");
            assertEquals(List.of(), directory.rememberedNodes());
        }
    }
}
