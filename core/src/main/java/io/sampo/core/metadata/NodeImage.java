package io.sampo.core.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// A registered node.
///
/// @param nodeUuid made at the node's first start; binds the node id to one data directory
/// @param endpoints what clients are told when `advertised.listeners` is set; empty: the address that they dialled
public record NodeImage(
        int nodeId,
        Uuid nodeUuid,
        Uuid directoryId,
        @Nullable String rack,
        List<Endpoint> endpoints) {

    public NodeImage {
        endpoints = List.copyOf(endpoints);
    }

    public record Endpoint(String listener, String host, int port) {}
}
