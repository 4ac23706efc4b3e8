package io.sampo.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sampo.actors.sharding.ShardedPartitions;
import io.sampo.tcp.loop.LoopConfig;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/// The node's actor system: which dispatchers, which port, which tuning.
final class NodeSystem {
    static final String NAME = "sampo";

    private NodeSystem() {}

    /// @param loops event loops that serve connections and run replicas
    static ActorSystem<Void> create(int nodeId, int loops) {
        return ActorSystem.create(Behaviors.empty(), NAME, config(nodeId, loops));
    }

    static Config config(int nodeId, int loops) {
        String node = """
                pekko.loglevel = INFO
                pekko.loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
                pekko.logging-filter = "org.apache.pekko.event.slf4j.Slf4jLoggingFilter"
                pekko.jvm-shutdown-hooks = off
                pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                pekko.coordinated-shutdown.exit-jvm = off
                pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                pekko.cluster.roles = ["%s"]
                """.formatted(ShardedPartitions.nodeRole(nodeId));
        return ConfigFactory.parseString(node)
                .withFallback(ConfigFactory.parseString(LoopConfig.render(loops)))
                .withFallback(ConfigFactory.parseResources("sampo-node.conf"))
                .withFallback(ConfigFactory.parseResources("sampo-actors.conf"))
                .withFallback(ConfigFactory.load())
                .resolve();
    }
}
