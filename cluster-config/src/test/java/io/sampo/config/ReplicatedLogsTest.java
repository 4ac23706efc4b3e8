package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.partition.PartitionId;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.scrub.LogScrubber;
import io.sampo.persistence.scrub.ScrubSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What the logs of three nodes do together: records are deleted everywhere, damage is made good by the others.
class ReplicatedLogsTest extends ReplicatedPartitionsFixture {
    @Test
    void aDeletionIsAnsweredWhenItIsDoneOnAllNodesThatAreThere() throws Exception {
        startAll();
        for (int i = 0; i < 10; i++) {
            appendUntilAcknowledged(i);
        }
        Node leading = awaitLeader();
        awaitInSync(leading);
        assertEquals("NONE 5", delete(5));
        for (Node node : nodes.values()) {
            assertEquals(5, node.logs.find(id()).orElseThrow().logStartOffset(), "node " + node.nodeId);
        }

        Node dead = nodes.values().stream()
                .filter(node -> node != leading)
                .findFirst()
                .orElseThrow();
        nodes.remove(dead.nodeId);
        dead.kill();
        assertEquals("NONE 7", delete(7));
        for (Node node : nodes.values()) {
            assertEquals(7, node.logs.find(id()).orElseThrow().logStartOffset(), "node " + node.nodeId);
        }
    }

    private String delete(long beforeOffset) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        leader().deleteRecords(
                        beforeOffset, 20_000, (error, lowWatermark) -> answer.complete(error + " " + lowWatermark));
        return answer.get(25, TimeUnit.SECONDS);
    }

    private Path partition(Node node) {
        return directory.resolve("node-" + node.nodeId).resolve("orders-0");
    }

    private static FilePartitionLog log(Node node, PartitionId id) {
        return (FilePartitionLog) node.logs.find(id).orElseThrow();
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
    }

    private void awaitMended(Node node, int count) throws InterruptedException {
        Path closed = partition(node).resolve("00000000000000000000.log");
        Eventually.eventually(
                "damage at node " + node.nodeId + " was cut",
                () -> Files.exists(closed.resolveSibling(closed.getFileName() + ".damaged")));
        Eventually.eventually("node " + node.nodeId + " has everything again", () -> {
            Optional<LeaderHandle> leads = nodes.values().stream()
                    .flatMap(each -> each.partitions.directory().local(id()).stream())
                    .findFirst();
            Optional<ReadHandle> follows = node.partitions.directory().follower(id());
            return leads.isPresent()
                    && follows.isPresent()
                    && follows.get().view().highWatermark() == count
                    && allInSync(node);
        });
        assertEquals(
                expected(count),
                values(node.partitions.directory().follower(id()).orElseThrow()));
    }

    /// First at a follower, then at the leader, which gives leadership away before.
    @Test
    void damageInAClosedSegmentIsMadeGoodByTheOthers() throws Exception {
        startAll();
        for (int i = 0; i < 40; i++) {
            appendUntilAcknowledged(i);
        }
        nodes.values().forEach(node -> log(node, id()).roll());
        for (int i = 40; i < 50; i++) {
            appendUntilAcknowledged(i);
        }
        List<LogScrubber> scrubbers = new ArrayList<>();
        for (Node node : nodes.values()) {
            scrubbers.add(new LogScrubber(
                    node.logs,
                    node.partitions::damageFound,
                    new ScrubSettings(1 << 30, 100),
                    System::currentTimeMillis));
        }
        try {
            Node leading = awaitLeader();
            Node following = nodes.values().stream()
                    .filter(node -> node != leading)
                    .findFirst()
                    .orElseThrow();
            flip(partition(following).resolve("00000000000000000000.log"));
            scrubbers.forEach(LogScrubber::start);
            awaitMended(following, 50);

            flip(partition(leading).resolve("00000000000000000000.log"));
            awaitMended(leading, 50);
            appendUntilAcknowledged(50);
        } finally {
            scrubbers.forEach(LogScrubber::close);
        }
    }
}
