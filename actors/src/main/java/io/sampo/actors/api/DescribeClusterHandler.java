package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;

/// DescribeCluster (v0 to v2): id and nodes of the cluster. There are no endpoints of controllers (KIP-919).
public final class DescribeClusterHandler implements RequestHandler {
    private static final byte BROKERS = 1;

    private final MetadataView metadata;
    private final LeaderView leaders;
    private final NodeAddresses addresses;

    public DescribeClusterHandler(MetadataView metadata, LeaderView leaders, NodeAddresses addresses) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.addresses = addresses;
    }

    @Override
    public void handle(ClientRequest request) {
        DescribeClusterRequestData body = ((DescribeClusterRequest) request.body()).data();
        DescribeClusterResponseData data = new DescribeClusterResponseData();
        if (body.endpointType() != BROKERS) {
            boolean controllers = body.endpointType() == 2;
            Errors error = controllers ? Errors.MISMATCHED_ENDPOINT_TYPE : Errors.UNSUPPORTED_ENDPOINT_TYPE;
            data.setErrorCode(error.code()).setErrorMessage("This is an endpoint of a broker.");
            request.respond(new DescribeClusterResponse(data));
            return;
        }
        MetadataImage image = metadata.image();
        data.setEndpointType(BROKERS)
                .setClusterId(image.clusterId())
                .setControllerId(MetadataHandler.controllerId(leaders, addresses.ownNodeId()));
        addresses
                .reachable(image, request.origin())
                .forEach((node, endpoint) -> data.brokers()
                        .add(new DescribeClusterBroker()
                                .setBrokerId(node.nodeId())
                                .setHost(endpoint.host())
                                .setPort(endpoint.port())
                                .setRack(node.rack())));
        data.setClusterAuthorizedOperations(
                body.includeClusterAuthorizedOperations()
                        ? AuthorizedOperations.CLUSTER
                        : AuthorizedOperations.OMITTED);
        request.respond(new DescribeClusterResponse(data));
    }
}
