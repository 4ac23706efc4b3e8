package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.UnsupportedFeature;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.junit.jupiter.api.Test;

class NodeVersionsTest {

    private static final short NEWEST = ApiKeys.LIST_GROUPS.latestVersion();

    private static NodeVersions with(int min, int max) {
        ApiVersionsResponseData data = new ApiVersionsResponseData();
        data.apiKeys()
                .add(new ApiVersion()
                        .setApiKey(ApiKeys.LIST_GROUPS.id)
                        .setMinVersion((short) min)
                        .setMaxVersion((short) max));
        data.apiKeys()
                .add(new ApiVersion()
                        .setApiKey((short) 9_999)
                        .setMinVersion((short) 0)
                        .setMaxVersion((short) 1));
        return NodeVersions.of(new ApiVersionsResponse(data));
    }

    private static ListGroupsRequest.Builder request() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData());
    }

    @Test
    void theHighestThatBothKnow() {
        assertEquals(1, with(0, 1).choose(request()));
        assertEquals(NEWEST, with(0, NEWEST + 5).choose(request()));
        assertEquals(1, with(0, 1).highest(ApiKeys.LIST_GROUPS));
        assertEquals(NEWEST, with(NEWEST, NEWEST + 5).highest(ApiKeys.LIST_GROUPS));
    }

    @Test
    void withoutACommonOneTheFeatureIsNamed() {
        UnsupportedFeature newer = assertThrows(
                UnsupportedFeature.class, () -> with(NEWEST + 1, NEWEST + 5).choose(request()));
        assertTrue(String.valueOf(newer.getMessage()).contains("ListGroups"), newer.getMessage());
        assertEquals(-1, with(NEWEST + 1, NEWEST + 5).highest(ApiKeys.LIST_GROUPS));
        assertEquals(-1, with(0, 1).highest(ApiKeys.FETCH));
    }
}
