package io.sampo.streams.admin;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The cluster as a broker describes it.
///
/// {@snippet file="AdminGuideTest.java" region="cluster"}
///
/// @param controller node id to which changes can be sent; empty while there is none
/// @param nodes brokers that are there now, ascending by their id
public record ClusterDescription(String clusterId, OptionalInt controller, List<Node> nodes) {

    /// A broker.
    ///
    /// @param host as it is told to clients, with `port`
    /// @param rack `broker.rack`; empty when it has none
    public record Node(int id, String host, int port, Optional<String> rack) {}
}
