package io.sampo.core.config;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Broker settings that were changed while the cluster runs, as one node sees them (KIP-226). Immutable.
///
/// @param node set for this node
/// @param cluster defaults for all nodes; weaker
public record DynamicConfigs(SortedMap<String, String> node, SortedMap<String, String> cluster) {
    public static final DynamicConfigs NONE =
            new DynamicConfigs(Collections.emptySortedMap(), Collections.emptySortedMap());

    public DynamicConfigs {
        node = Collections.unmodifiableSortedMap(node);
        cluster = Collections.unmodifiableSortedMap(cluster);
    }

    /// Both, the node's over the cluster's.
    public Map<String, String> merged() {
        Map<String, String> merged = new TreeMap<>(cluster);
        merged.putAll(node);
        return merged;
    }
}
