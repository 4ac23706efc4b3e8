package io.sampo.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.sampo.actors.sharding.ShardedPartitions;
import io.sampo.core.cluster.NodeAddress;
import io.sampo.tcp.loop.LoopConfig;
import java.util.List;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;

/// The node's actor system: which dispatchers, which port, which tuning.
final class NodeSystem {
    static final String NAME = "sampo";

    private NodeSystem() {}

    /// @param nodeId -1: of a node that only asks for its id
    /// @param listener where other nodes reach it; port 0: any free one
    /// @param loops event loops that serve connections and run replicas
    static ActorSystem<Void> create(int nodeId, NodeAddress listener, int loops) {
        return ActorSystem.create(Behaviors.empty(), NAME, config(nodeId, listener, loops));
    }

    /// Where others reach it, with the port that it has.
    static NodeAddress address(ActorSystem<?> system) {
        Address own = Cluster.get(system).selfMember().address();
        return new NodeAddress(own.getHost().orElseThrow(), own.getPort().orElseThrow());
    }

    static Config config(int nodeId, NodeAddress listener, int loops) {
        List<String> roles = nodeId < 0 ? List.of() : List.of(ShardedPartitions.nodeRole(nodeId));
        return ConfigFactory.empty()
                .withValue("pekko.remote.artery.canonical.hostname", ConfigValueFactory.fromAnyRef(listener.host()))
                .withValue("pekko.remote.artery.canonical.port", ConfigValueFactory.fromAnyRef(listener.port()))
                .withValue("pekko.cluster.roles", ConfigValueFactory.fromIterable(roles))
                .withFallback(ConfigFactory.parseString(LoopConfig.render(loops)))
                .withFallback(ConfigFactory.parseResources("sampo-node.conf"))
                .withFallback(ConfigFactory.parseResources("sampo-actors.conf"))
                .withFallback(ConfigFactory.load())
                .resolve();
    }
}
