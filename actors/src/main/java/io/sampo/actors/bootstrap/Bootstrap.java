package io.sampo.actors.bootstrap;

import io.sampo.core.cluster.BootstrapMessage.NodeIdAnswer;
import io.sampo.core.cluster.BootstrapSettings;
import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;

/// The way of this node into its cluster, as the node assembly sees it. It goes on after the node joined: others
/// ask
/// it.
///
/// Thread rule: any thread.
public final class Bootstrap {

    /// @param list `sampo.cluster.bootstrap.nodes`
    /// @param state what the data directory knows
    public record Setup(
            BootstrapSettings settings,
            Genesis.Voter self,
            List<NodeAddress> list,
            List<NodeAddress> remembered,
            BootstrapState state,
            Surroundings surroundings) {}

    /// What the node around it does for it.
    ///
    /// @param save on disk when it returns; called on a thread that may block
    /// @param remember where the other nodes of the cluster are now
    /// @param leaderKnown whether this node knows a controller
    /// @param nodeIds asks the controller for a node's id
    /// @param leave this node must end what it runs and start again; the text says why
    public record Surroundings(
            Consumer<BootstrapState> save,
            Consumer<List<NodeAddress>> remember,
            BooleanSupplier leaderKnown,
            Function<Genesis.Voter, CompletionStage<NodeIdAnswer>> nodeIds,
            Consumer<String> leave) {}

    private final CompletableFuture<Genesis> cluster;
    private final CompletableFuture<Integer> nodeId;

    private Bootstrap(CompletableFuture<Genesis> cluster, CompletableFuture<Integer> nodeId) {
        this.cluster = cluster;
        this.nodeId = nodeId;
    }

    /// Starts at once; one for each actor system.
    public static Bootstrap start(ActorSystem<?> system, Setup setup) {
        Bootstrap bootstrap = new Bootstrap(new CompletableFuture<>(), new CompletableFuture<>());
        system.systemActorOf(
                BootstrapActor.create(setup, bootstrap.cluster, bootstrap.nodeId),
                BootstrapActor.NAME,
                DispatcherSelector.blocking());
        return bootstrap;
    }

    /// The cluster of this node, once it is known and the node is on its way into it.
    ///
    /// @return fails with [BootstrapRefused]
    public CompletionStage<Genesis> cluster() {
        return cluster;
    }

    /// The id that a node without one was given: it does not join with this actor system.
    ///
    /// @return fails with [BootstrapRefused]
    public CompletionStage<Integer> nodeId() {
        return nodeId;
    }
}
