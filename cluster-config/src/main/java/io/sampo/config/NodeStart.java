package io.sampo.config;

import io.sampo.actors.bootstrap.Bootstrap;
import io.sampo.actors.bootstrap.BootstrapRefused;
import io.sampo.core.cluster.BootstrapSettings;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import io.sampo.core.config.BrokerConfig;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.DataDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From settings and a data directory to a node in its cluster: who it is, where others reach it, which cluster it
/// founds or joins; then [NodeAssembly] has its turn.
///
/// Thread rule: the thread that starts the process. Nothing is left running when it fails.
final class NodeStart {
    private static final Logger LOG = LoggerFactory.getLogger(NodeStart.class);

    /// Of a node without a list of bootstrap nodes, as in Kafka's examples.
    private static final int FIRST_NODE_ID = 1;

    private final NodeOptions options;
    private final NodeEnvironment environment;
    private final BrokerConfig given;
    private final NodeAddress listener;
    private final List<NodeAddress> list;

    private NodeStart(NodeOptions options, NodeEnvironment environment) throws NodeStartException {
        this.options = options;
        this.environment = environment;
        this.given = parse(options.properties());
        this.list = given.cluster().bootstrapNodes();
        this.listener = ClusterPorts.listener(given);
    }

    static SampoNode start(NodeOptions options, NodeEnvironment environment) throws NodeStartException {
        NodeStart start = new NodeStart(options, environment);
        start.given.warnings().forEach(LOG::warn);
        refuseTheDirectoryOfSeveralNodes(options);
        while (true) {
            try {
                DataDirectory directory = DataDirectory.open(
                        options.dataDirectory(), start.given.givenNodeId(), start.idWhenNew(), environment.files());
                return start.inDirectory(directory);
            } catch (DataDirectoryException unusable) {
                throw new NodeStartException(String.valueOf(unusable.getMessage()), unusable);
            } catch (StartAgainException again) {
                LOG.warn("Starting again: {}", again.getMessage());
            }
        }
    }

    private static BrokerConfig parse(Map<String, String> properties) throws NodeStartException {
        try {
            return BrokerConfig.parse(properties);
        } catch (ConfigException wrong) {
            throw new NodeStartException(String.valueOf(wrong.getMessage()), wrong);
        }
    }

    /// A node there would take the others' directories for partitions that nobody knows, and set them aside.
    private static void refuseTheDirectoryOfSeveralNodes(NodeOptions options) throws NodeStartException {
        boolean own = Files.exists(options.dataDirectory().resolve("meta.properties"));
        if (!own && Files.exists(options.dataDirectory().resolve("node-1").resolve("meta.properties"))) {
            throw new NodeStartException(options.dataDirectory() + " holds the nodes of a cluster; name one of them: "
                    + options.dataDirectory().resolve("node-1"));
        }
    }

    /// @return -1: the controller assigns it
    private int idWhenNew() throws NodeStartException {
        int place = list.indexOf(listener);
        if (place >= 0 || list.isEmpty()) {
            return FIRST_NODE_ID + Math.max(place, 0);
        }
        ClusterPorts.refuseAnotherNameOf(listener, list);
        return Genesis.Voter.UNASSIGNED;
    }

    private SampoNode inDirectory(DataDirectory directory) throws NodeStartException {
        try {
            if (directory.properties().nodeId() == Genesis.Voter.UNASSIGNED) {
                directory.assignNodeId(askForNodeId(directory));
            }
            return withNodeId(directory);
        } catch (NodeStartException | RuntimeException failure) {
            directory.close();
            throw failure;
        }
    }

    /// Over an actor system of its own, because a member of a cluster cannot change its role.
    private int askForNodeId(DataDirectory directory) throws NodeStartException {
        ActorSystem<Void> system = ClusterPorts.bind(Genesis.Voter.UNASSIGNED, listener, given);
        NodeSurroundings surroundings = new NodeSurroundings(system, directory);
        try {
            int nodeId = await(bootstrap(system, directory, surroundings).nodeId(), surroundings);
            LOG.info("This is node {} of the cluster from now on", nodeId);
            return nodeId;
        } finally {
            surroundings.close();
        }
    }

    private SampoNode withNodeId(DataDirectory directory) throws NodeStartException {
        int nodeId = directory.properties().nodeId();
        Map<String, String> properties = new LinkedHashMap<>(options.properties());
        if (given.givenNodeId().equals(OptionalInt.empty())) {
            properties.put("node.id", Integer.toString(nodeId));
        }
        BrokerConfig config = parse(properties);
        ActorSystem<Void> system = ClusterPorts.bind(nodeId, listener, config);
        NodeSurroundings surroundings = new NodeSurroundings(system, directory);
        try {
            Genesis genesis = await(bootstrap(system, directory, surroundings).cluster(), surroundings);
            return NodeAssembly.assemble(new NodeAssembly.Parts(
                    new NodeOptions(options.dataDirectory(), properties),
                    environment,
                    config,
                    directory,
                    system,
                    genesis,
                    surroundings));
        } catch (NodeStartException | RuntimeException | IOException failure) {
            surroundings.close();
            if (failure instanceof NodeStartException told) {
                throw told;
            }
            throw new NodeStartException("the node could not start: " + failure.getMessage(), failure);
        }
    }

    private Bootstrap bootstrap(ActorSystem<Void> system, DataDirectory directory, NodeSurroundings surroundings) {
        NodeAddress address = NodeSystem.address(system);
        Genesis.Voter self = new Genesis.Voter(
                directory.properties().nodeId(),
                directory.properties().nodeUuid(),
                directory.properties().directoryId(),
                address.host(),
                address.port());
        return Bootstrap.start(
                system,
                new Bootstrap.Setup(
                        BootstrapSettings.DEFAULTS,
                        self,
                        list,
                        directory.rememberedNodes(),
                        directory.bootstrapState(self),
                        surroundings.forBootstrap()));
    }

    /// As long as it takes: others may start in an hour. The log says what is waited for.
    private static <T> T await(CompletionStage<T> stage, NodeSurroundings surroundings) throws NodeStartException {
        try {
            return surroundings.await(stage);
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            throw new NodeStartException(
                    cause instanceof BootstrapRefused
                            ? String.valueOf(cause.getMessage())
                            : "the node could not start: " + cause,
                    cause);
        }
    }
}
