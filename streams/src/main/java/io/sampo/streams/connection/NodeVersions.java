package io.sampo.streams.connection;

import io.sampo.streams.UnsupportedFeature;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/// The versions of each API that a node speaks, as its ApiVersions answer says. Immutable.
final class NodeVersions {

    /// @param min inclusive
    /// @param max inclusive
    private record Range(short min, short max) {}

    private final Map<ApiKeys, Range> ranges = new EnumMap<>(ApiKeys.class);

    /// @param answer APIs that this client does not know are left out
    static NodeVersions of(ApiVersionsResponse answer) {
        NodeVersions versions = new NodeVersions();
        for (ApiVersion api : answer.data().apiKeys()) {
            if (ApiKeys.hasId(api.apiKey())) {
                versions.ranges.put(ApiKeys.forId(api.apiKey()), new Range(api.minVersion(), api.maxVersion()));
            }
        }
        return versions;
    }

    /// The highest version that the node, this client and the request allow.
    ///
    /// @throws UnsupportedFeature when there is none
    short choose(AbstractRequest.Builder<?> request) {
        ApiKeys api = request.apiKey();
        Range range = ranges.get(api);
        if (range == null) {
            throw new UnsupportedFeature(api.name, "it does not have this API");
        }
        int highest = Math.min(range.max, request.latestAllowedVersion());
        if (highest < Math.max(range.min, request.oldestAllowedVersion())) {
            throw new UnsupportedFeature(
                    api.name,
                    "it speaks versions " + range.min + " to " + range.max + ", needed is one of "
                            + request.oldestAllowedVersion() + " to " + request.latestAllowedVersion());
        }
        return (short) highest;
    }

    /// The highest version that the node and this client know; -1: none.
    short highest(ApiKeys api) {
        Range range = ranges.get(api);
        if (range == null) {
            return -1;
        }
        short highest = (short) Math.min(range.max, api.latestVersion());
        return highest < Math.max(range.min, api.oldestVersion()) ? -1 : highest;
    }
}
