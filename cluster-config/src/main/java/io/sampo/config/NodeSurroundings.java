package io.sampo.config;

import io.sampo.actors.bootstrap.Bootstrap;
import io.sampo.actors.metadata.Controller;
import io.sampo.actors.metadata.ControllerClient;
import io.sampo.core.cluster.BootstrapMessage.NodeIdAnswer;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.NodeImage;
import io.sampo.persistence.log.DataDirectory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the way into the cluster needs of a node that is only just being put together.
///
/// Thread rule: any thread.
final class NodeSurroundings {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSurroundings.class);

    private record Metadata(LeaderView leaders, ControllerClient controllers) {}

    private final ActorSystem<Void> system;
    private final DataDirectory directory;
    private final AtomicReference<String> left = new AtomicReference<>("");
    private final AtomicReference<String> givenUp = new AtomicReference<>("");
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private volatile @Nullable Metadata metadata;

    NodeSurroundings(ActorSystem<Void> system, DataDirectory directory) {
        this.system = system;
        this.directory = directory;
    }

    /// From now on this node can ask the controller.
    void metadataStarted(LeaderView leaders, ControllerClient controllers) {
        metadata = new Metadata(leaders, controllers);
    }

    Bootstrap.Surroundings forBootstrap() {
        return new Bootstrap.Surroundings(
                directory::save, directory::remember, this::leaderKnown, this::nodeIdFor, this::leave);
    }

    /// Why this node gave up the cluster that it ran in, in order to start again; empty when it did not.
    Optional<String> left() {
        return Optional.of(left.get()).filter(reason -> !reason.isEmpty());
    }

    /// Why this node ended for good, with what its user can do; empty when it did not.
    Optional<String> givenUp() {
        return Optional.of(givenUp.get()).filter(reason -> !reason.isEmpty());
    }

    /// Ends this node, because its data directory is of no use any more. Any thread.
    void giveUp(String reason) {
        String advice =
                reason + ". Empty " + directory.path() + " and start this node once with sampo.node.replace=true.";
        if (givenUp.compareAndSet("", advice)) {
            LOG.error("This node ends: {}", advice);
            system.terminate();
        }
    }

    /// Waits for `stage` as long as the actor system runs.
    ///
    /// @throws StartAgainException when this node lost its cluster meanwhile
    /// @throws NodeStartException when it gave up
    /// @throws ExecutionException when `stage` failed
    <T> T await(CompletionStage<T> stage) throws NodeStartException, ExecutionException {
        CompletableFuture<T> future = stage.toCompletableFuture();
        try {
            CompletableFuture.anyOf(future, system.getWhenTerminated().toCompletableFuture())
                    .get();
            if (future.isDone()) {
                return future.get();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NodeStartException("the start was interrupted", interrupted);
        }
        throw ended();
    }

    /// @throws StartAgainException when this node lost its cluster
    /// @throws NodeStartException when it gave up
    void requireRunning() throws NodeStartException {
        if (system.getWhenTerminated().toCompletableFuture().isDone()) {
            throw ended();
        }
    }

    private NodeStartException ended() {
        return givenUp()
                .map(NodeStartException::new)
                .orElseGet(() -> new StartAgainException(left().orElse("the other nodes went on without this one")));
    }

    /// To be closed when the start fails, after the actor system and the last one first.
    void closeWhenFailed(Runnable close) {
        closing.push(close);
    }

    /// The start failed: ends what has been started.
    void close() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
        closing.forEach(Runnable::run);
        closing.clear();
    }

    private boolean leaderKnown() {
        Metadata started = metadata;
        return started == null
                || started.leaders().leadership(Controller.METADATA_PARTITION).isPresent();
    }

    private CompletionStage<NodeIdAnswer> nodeIdFor(Genesis.Voter node) {
        Metadata started = metadata;
        if (started == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("this node is starting"));
        }
        NodeImage unnumbered =
                new NodeImage(Genesis.Voter.UNASSIGNED, node.nodeUuid(), node.directoryId(), null, List.of());
        String clusterId = directory.properties().clusterId().orElse("");
        return started.controllers()
                .submit(new ControllerCommand.RegisterNode(unnumbered, clusterId))
                .thenApply(registered -> registered.error() == Errors.NONE
                        ? new NodeIdAnswer(registered.nodeId(), "")
                        : new NodeIdAnswer(Genesis.Voter.UNASSIGNED, String.valueOf(registered.message())));
    }

    private void leave(String reason) {
        if (left.compareAndSet("", reason)) {
            LOG.warn("Leaving the cluster: {}", reason);
            system.terminate();
        }
    }
}
