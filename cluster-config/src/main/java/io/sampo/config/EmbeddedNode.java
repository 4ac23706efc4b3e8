package io.sampo.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// A node within this JVM, for tests: alone, on free ports of 127.0.0.1, with replication factor 1.
///
/// Thread rule: any thread.
public final class EmbeddedNode implements AutoCloseable {
    private static final Map<String, String> SMALL = Map.of("offsets.topic.num.partitions", "4");

    private final SampoNode node;

    private EmbeddedNode(SampoNode node) {
        this.node = node;
    }

    /// Returns when it serves clients.
    ///
    /// @param data its directory; a new one is made when there is none
    /// @param settings by the broker's names, over the defaults of a small node
    /// @throws NodeStartException when it cannot start; nothing of it is left running
    public static EmbeddedNode start(Path data, Map<String, String> settings) throws NodeStartException {
        Map<String, String> all = new HashMap<>(SMALL);
        all.putAll(settings);
        try {
            return new EmbeddedNode(SampoNode.start(NodeOptions.read(null, 0, data, all)));
        } catch (java.io.IOException unreadable) {
            throw new NodeStartException(String.valueOf(unreadable.getMessage()), unreadable);
        }
    }

    /// `host:port`, where clients connect.
    public String bootstrapServers() {
        return node.address();
    }

    /// Ends it in good order.
    @Override
    public void close() {
        node.stop();
    }
}
