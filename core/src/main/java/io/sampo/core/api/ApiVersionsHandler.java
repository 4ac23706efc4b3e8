package io.sampo.core.api;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKeyCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKeyCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/// ApiVersions v0-v5: what the [ApiTable] serves, and the cluster's features.
///
/// - a version that nobody knows yet: UNSUPPORTED_VERSION in a v0 body with the versions of ApiVersions, so that
///     the
///   client can ask again (KIP-511)
/// - client software name or version missing or malformed (v3+): INVALID_REQUEST (KIP-511)
/// - the client expects another cluster or node (v5): REBOOTSTRAP_REQUIRED (KIP-1242)
///
/// Thread rule: any thread.
public final class ApiVersionsHandler implements RequestHandler {

    /// A feature of the cluster. What is finalized changes how clients behave, so it must work.
    ///
    /// @param finalizedLevel 0: supported but off, and not named among the finalized ones
    public record Feature(short minLevel, short maxLevel, short finalizedLevel) {}

    private final Supplier<ApiTable> apis;
    private final String clusterId;
    private final int nodeId;
    private final TreeMap<String, Feature> features;
    private final long finalizedFeaturesEpoch;

    /// @param apis asked per request, as the table holds this handler
    /// @param clusterId as in Metadata and DescribeCluster
    /// @param features name to levels
    /// @param finalizedFeaturesEpoch of the metadata that finalized them; never negative
    public ApiVersionsHandler(
            Supplier<ApiTable> apis,
            String clusterId,
            int nodeId,
            Map<String, Feature> features,
            long finalizedFeaturesEpoch) {
        this.apis = apis;
        this.clusterId = clusterId;
        this.nodeId = nodeId;
        this.features = new TreeMap<>(features);
        this.finalizedFeaturesEpoch = finalizedFeaturesEpoch;
    }

    /// Only what works: transactions (`transaction.version`) and consumer groups (`group.version`) stay at 0, which
    /// makes clients use the protocols that are served.
    public static Map<String, Feature> features() {
        return Map.of(
                "metadata.version", new Feature((short) 7, (short) 33, (short) 33),
                "group.version", new Feature((short) 0, (short) 0, (short) 0),
                "transaction.version", new Feature((short) 0, (short) 0, (short) 0));
    }

    @Override
    public void handle(ClientRequest request) {
        ApiVersionsRequest body = (ApiVersionsRequest) request.body();
        if (body.hasUnsupportedRequestVersion()) {
            request.respond(new ApiVersionsResponse(unsupportedVersion()));
        } else if (!body.isValid()) {
            request.respond(body.getErrorResponse(0, Errors.INVALID_REQUEST.exception()));
        } else if (meantForAnother(body.data())) {
            request.respond(new ApiVersionsResponse(
                    new ApiVersionsResponseData().setErrorCode(Errors.REBOOTSTRAP_REQUIRED.code())));
        } else {
            request.respond(new ApiVersionsResponse(versions(request.apiVersion())));
        }
    }

    private boolean meantForAnother(ApiVersionsRequestData data) {
        return (data.clusterId() != null && !Objects.equals(data.clusterId(), clusterId))
                || (data.nodeId() >= 0 && data.nodeId() != nodeId);
    }

    private static ApiVersionsResponseData unsupportedVersion() {
        ApiVersionCollection keys = new ApiVersionCollection();
        keys.add(apiVersion(
                ApiKeys.API_VERSIONS, ApiKeys.API_VERSIONS.oldestVersion(), ApiKeys.API_VERSIONS.latestVersion()));
        return new ApiVersionsResponseData()
                .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
                .setApiKeys(keys);
    }

    private ApiVersionsResponseData versions(short version) {
        ApiTable table = apis.get();
        ApiVersionCollection keys = new ApiVersionCollection();
        table.entries()
                .forEach((apiKey, entry) -> keys.add(apiVersion(apiKey, entry.minAdvertised(), entry.maxVersion())));
        for (ApiKeys sasl : new ApiKeys[] {ApiKeys.SASL_HANDSHAKE, ApiKeys.SASL_AUTHENTICATE}) {
            // Served by the connection itself, on every listener.
            if (table.entry(sasl).isEmpty()) {
                keys.add(apiVersion(sasl, sasl.oldestVersion(), sasl.latestVersion()));
            }
        }
        return new ApiVersionsResponseData()
                .setApiKeys(keys)
                .setSupportedFeatures(supported(version))
                .setFinalizedFeatures(finalized())
                .setFinalizedFeaturesEpoch(finalizedFeaturesEpoch);
    }

    private static ApiVersion apiVersion(ApiKeys apiKey, short minVersion, short maxVersion) {
        return new ApiVersion().setApiKey(apiKey.id).setMinVersion(minVersion).setMaxVersion(maxVersion);
    }

    /// Up to v3 clients fail on a lowest level of 0, so such features are left out there (KAFKA-17011).
    private SupportedFeatureKeyCollection supported(short version) {
        SupportedFeatureKeyCollection keys = new SupportedFeatureKeyCollection();
        features.forEach((name, feature) -> {
            if (feature.minLevel() > 0 || version >= 4) {
                keys.add(new SupportedFeatureKey()
                        .setName(name)
                        .setMinVersion(feature.minLevel())
                        .setMaxVersion(feature.maxLevel()));
            }
        });
        return keys;
    }

    private FinalizedFeatureKeyCollection finalized() {
        FinalizedFeatureKeyCollection keys = new FinalizedFeatureKeyCollection();
        features.forEach((name, feature) -> {
            if (feature.finalizedLevel() > 0) {
                keys.add(new FinalizedFeatureKey()
                        .setName(name)
                        .setMinVersionLevel(feature.finalizedLevel())
                        .setMaxVersionLevel(feature.finalizedLevel()));
            }
        });
        return keys;
    }
}
