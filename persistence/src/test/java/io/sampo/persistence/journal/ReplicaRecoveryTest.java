package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.log.FileOps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A typed persistent actor over the plugins, as the product's replicas are: persist, stop, recover.
@Timeout(120)
class ReplicaRecoveryTest {
    private static final PartitionId ID = TestEvents.partition(0);
    private static final LogSettings SMALL_SEGMENTS =
            new TestEvents.Settings().pageCache().segmentBytes(4096).build();

    @TempDir
    Path path;

    @Test
    void aReplicaFindsItsEventsAgainAfterARestart() {
        try (Node node = new Node(path, 0)) {
            node.begin();
            assertEquals(new TestReplica.State(10, 13, 10), node.write(10));
        }
        try (Node node = new Node(path, 0)) {
            assertEquals(new TestReplica.State(10, 13, 10), node.recovered.receiveMessage());
            assertEquals(new TestReplica.State(12, 15, 12), node.write(2));
        }
        try (Node node = new Node(path, 0)) {
            assertEquals(new TestReplica.State(12, 15, 12), node.recovered.receiveMessage());
            assertEquals(12, node.fixture.logs.open(ID).logEndOffset());
        }
    }

    @Test
    void recoveryReadsTheCheckpointAndTheTailAndNotTheRestOfTheLog() throws Exception {
        try (Node node = new Node(path, 1000)) {
            node.begin();
            for (int i = 0; i < 25; i++) {
                node.write(100);
            }
            node.awaitCheckpoints(2);
        }
        // The write that held event 2000 was followed by a checkpoint: events up to 2003, offsets below 2000.
        List<Path> segments;
        try (var files = Files.list(path.resolve("events-0"))) {
            segments = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
        assertTrue(segments.size() > 10, "the log has many segments: " + segments.size());
        // What recovery does not read may be anything.
        byte[] noise = new byte[(int) Files.size(segments.get(2))];
        java.util.Arrays.fill(noise, (byte) 0x55);
        Files.write(segments.get(2), noise);
        try (Node node = new Node(path, 1000)) {
            TestReplica.State state = node.recovered.receiveMessage();
            assertEquals(new TestReplica.State(2500, 500, 500), state);
        }
    }

    @Test
    void batchesAreStoredByteForByte() {
        try (Node node = new Node(path, 0)) {
            node.begin();
            node.write(3);
            node.fixture.logs.open(ID).forEachBatch(0, 3, batch -> assertEquals(expected(batch.baseOffset()), batch));
        }
    }

    private static RecordBatch expected(long baseOffset) {
        var bytes = TestEvents.batch(baseOffset, 1).bytes();
        if (bytes == null) {
            throw new AssertionError("a batch to write has bytes");
        }
        return bytes.batches().iterator().next();
    }

    @Test
    void severalActorSystemsOfOneProcessHaveEachTheirOwnLogs(@TempDir Path otherPath) {
        try (Node one = new Node(path, 0);
                Node two = new Node(otherPath, 0)) {
            one.begin();
            two.begin();
            one.write(5);
            two.write(7);
            assertEquals(5, one.fixture.logs.open(ID).logEndOffset());
            assertEquals(7, two.fixture.logs.open(ID).logEndOffset());
        }
    }

    @Test
    void aReplicaThatIsStoppedAndStartedInTheSameProcessGoesOn() {
        try (Node node = new Node(path, 0)) {
            node.begin();
            node.write(4);
            node.fixture.probe.watch(Adapter.toClassic(node.replica));
            node.fixture.system.stop(Adapter.toClassic(node.replica));
            node.fixture.probe.expectTerminated(JournalFixture.PATIENCE, Adapter.toClassic(node.replica));
            node.startReplica();
            assertEquals(new TestReplica.State(4, 7, 4), node.recovered.receiveMessage());
            assertEquals(5, node.write(1).logEndOffset());
        }
    }

    /// One process of a node with one replica.
    private static final class Node implements AutoCloseable {
        final JournalFixture fixture;
        final TestProbe<TestReplica.State> recovered;
        final TestProbe<TestReplica.State> answers;
        private final int snapshotEvery;
        ActorRef<TestReplica.Command> replica;

        Node(Path path, int snapshotEvery) {
            this.snapshotEvery = snapshotEvery;
            fixture = new JournalFixture(path, FileOps.SYSTEM, "", 2);
            fixture.register(ID, SMALL_SEGMENTS);
            recovered = TestProbe.create(Adapter.toTyped(fixture.system));
            answers = TestProbe.create(Adapter.toTyped(fixture.system));
            replica = spawn();
        }

        void startReplica() {
            replica = spawn();
        }

        private ActorRef<TestReplica.Command> spawn() {
            return Adapter.spawnAnonymous(fixture.system, TestReplica.create(ID, snapshotEvery, recovered.getRef()));
        }

        void begin() {
            recovered.receiveMessage();
            replica.tell(new TestReplica.Begin(answers.getRef()));
            answers.receiveMessage();
        }

        TestReplica.State write(int batchCount) {
            replica.tell(new TestReplica.Write(batchCount, answers.getRef()));
            return answers.receiveMessage(JournalFixture.PATIENCE);
        }

        void awaitCheckpoints(int count) {
            recovered.awaitAssert(JournalFixture.PATIENCE, () -> {
                assertEquals(count, fixture.logs.open(ID).checkpoints().size());
                return true;
            });
        }

        @Override
        public void close() {
            fixture.close();
        }
    }
}
