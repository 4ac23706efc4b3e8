package io.sampo.core.api;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.protocol.ApiKeys;

/// The APIs that this node serves: what ApiVersions advertises, what a connection accepts and who answers. An API
/// without an entry does not exist for clients.
///
/// Immutable; any thread.
public final class ApiTable {

    /// @param minAdvertised lowest version in ApiVersions
    /// @param minServed lowest version that is answered; larger than minAdvertised only for Produce (KAFKA-18659)
    /// @param maxVersion highest version, inclusive
    public record Entry(short minAdvertised, short minServed, short maxVersion, RequestHandler handler) {}

    private final Map<ApiKeys, Entry> entries;

    private ApiTable(Map<ApiKeys, Entry> entries) {
        this.entries = Collections.unmodifiableMap(entries);
    }

    public static Builder builder() {
        return new Builder();
    }

    public Map<ApiKeys, Entry> entries() {
        return entries;
    }

    public Optional<Entry> entry(ApiKeys apiKey) {
        return Optional.ofNullable(entries.get(apiKey));
    }

    public boolean serves(ApiKeys apiKey, short apiVersion) {
        Entry entry = entries.get(apiKey);
        return entry != null && apiVersion >= entry.minServed && apiVersion <= entry.maxVersion;
    }

    public static final class Builder {
        private final EnumMap<ApiKeys, Entry> entries = new EnumMap<>(ApiKeys.class);

        /// Serves every stable version that the message schemas know.
        public Builder serve(ApiKeys apiKey, RequestHandler handler) {
            return serve(apiKey, apiKey.oldestVersion(), apiKey.latestVersion(false), handler);
        }

        public Builder serve(ApiKeys apiKey, short minVersion, short maxVersion, RequestHandler handler) {
            return serve(apiKey, minVersion, minVersion, maxVersion, handler);
        }

        public Builder serve(
                ApiKeys apiKey, short minAdvertised, short minServed, short maxVersion, RequestHandler handler) {
            Entry previous = entries.put(apiKey, new Entry(minAdvertised, minServed, maxVersion, handler));
            if (previous != null) {
                throw new IllegalStateException("two handlers for " + apiKey);
            }
            return this;
        }

        public ApiTable build() {
            return new ApiTable(new EnumMap<>(entries));
        }
    }
}
