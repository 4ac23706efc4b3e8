package io.sampo.streams.admin;

import io.sampo.streams.connection.ClusterView;
import java.util.List;
import java.util.OptionalInt;

/// The cluster as a broker describes it.
///
/// {@snippet file="AdminGuideTest.java" region="cluster"}
///
/// @param controller node id to which changes can be sent; empty while there is none
/// @param nodes by their id
public record ClusterDescription(String clusterId, OptionalInt controller, List<ClusterView.Node> nodes) {}
