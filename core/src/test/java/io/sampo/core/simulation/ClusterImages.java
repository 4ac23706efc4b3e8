package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataLoader;
import io.sampo.core.partition.Mutation;
import io.sampo.core.partition.PartitionLog.BatchVisitor;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The image of the metadata that each node keeps, as far as it knows the log to be committed; it is in memory, so a
/// process begins without one. Judged whenever one is published.
final class ClusterImages {
    private final World world;
    private final Chance chance;
    private final List<MetadataImage> images = new ArrayList<>();

    /// Which life of the node's replica is being read; null: none.
    private final List<@Nullable ReplicaShell> reading = new ArrayList<>();

    final MetadataJudges judges;
    private long acknowledgedOffset = -1;
    long tenures;
    long reloads;

    ClusterImages(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "images");
        this.judges = new MetadataJudges(world);
        world.nodes.forEach(_ -> {
            images.add(MetadataImage.EMPTY);
            reading.add(null);
        });
    }

    MetadataImage of(SimulatedNode node) {
        return images.get(node.nodeId - 1);
    }

    void processStarted(SimulatedNode node) {
        images.set(node.nodeId - 1, MetadataImage.EMPTY);
        reading.set(node.nodeId - 1, null);
    }

    void publish(SimulatedNode node, MetadataImage next) {
        images.set(node.nodeId - 1, judges.published(node.nodeId, of(node), next));
        world.trace.mix(next.offset() * 31 + node.nodeId);
    }

    /// A follower reads what it learns to be committed; a leader's controller publishes by itself.
    void afterStep(ReplicaShell shell) {
        SimulatedNode node = shell.node;
        ReadView view = shell.view;
        if (!world.scenario.keepsMetadata()
                || shell.activeEpoch >= 0
                || view == null
                || view.highWatermark() <= of(node).offset() + 1
                || reading.get(node.nodeId - 1) == shell) {
            return;
        }
        reading.set(node.nodeId - 1, shell);
        node.after(
                shell,
                node.diskDelayUs(),
                () -> shell.guarded(() -> {
                    reading.set(node.nodeId - 1, null);
                    follow(shell);
                }));
    }

    private void follow(ReplicaShell shell) {
        ReadView view = shell.view;
        if (shell.activeEpoch >= 0 || view == null) {
            return;
        }
        long upperOffset = world.scenario.has(Mutation.IMAGE_READS_UNCOMMITTED)
                ? shell.node.disk.logEndOffset()
                : view.highWatermark();
        publish(shell.node, read(shell.node, view.logStartOffset(), upperOffset));
        afterStep(shell);
    }

    /// The node's image, brought up to an offset (exclusive).
    MetadataImage read(SimulatedNode node, long logStartOffset, long upperOffset) {
        List<StoredBatch> log = node.disk.log();
        return MetadataLoader.load(
                of(node),
                (from, upper, visitor) -> {
                    for (int i = LogTail.firstAtOrAfter(log, from); i < log.size(); i++) {
                        if (log.get(i).nextOffset() <= upper) {
                            visit(log.get(i), visitor);
                        }
                    }
                },
                logStartOffset,
                upperOffset);
    }

    /// What the log says, by the rules of production.
    static MetadataImage after(MetadataImage before, StoredBatch batch) {
        return MetadataLoader.load(before, (_, _, visitor) -> visit(batch, visitor), 0, batch.nextOffset());
    }

    private static void visit(StoredBatch stored, BatchVisitor visitor) {
        StoredBatch.bytes(stored.batch()).batches().forEach(visitor::visit);
    }

    /// A client has the answer of a command.
    ///
    /// @param offset of the image that it rests on
    void acknowledged(ControllerCommand<?> command, Object response, long offset) {
        acknowledgedOffset = Math.max(acknowledgedOffset, offset);
        judges.acknowledged(command, response);
    }

    long acknowledgedOffset() {
        return acknowledgedOffset;
    }

    long mailboxDelayUs() {
        return chance.oneIn(30) ? chance.below(400_000) : chance.below(300);
    }

    /// Every node that holds the log shows all of it.
    boolean areCaughtUp() {
        if (!world.scenario.keepsMetadata()) {
            return true;
        }
        for (ReplicaId replica : world.metadata.holders()) {
            if (of(world.node(replica.nodeId())).offset() != world.committed.end() - 1) {
                return false;
            }
        }
        return true;
    }
}
