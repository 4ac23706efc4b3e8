package io.sampo.actors.api;

import io.sampo.actors.group.GroupRouter;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.api.RequestOrigin;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.jspecify.annotations.Nullable;

/// FindCoordinator (v0-v6): which node leads the partition of `__consumer_offsets` that holds a group. The topic is
/// created when it is first needed; until it has leaders the answer is COORDINATOR_NOT_AVAILABLE, and clients ask
/// again.
///
/// Transactions and share groups have no coordinators yet: INVALID_REQUEST, which Kafka gives for a coordinator
/// type that is switched off. COORDINATOR_NOT_AVAILABLE would make a transactional producer try for a minute
/// instead of telling its user at once.
///
/// Thread rule: [RequestHandler]'s.
public final class FindCoordinatorHandler implements RequestHandler {
    private final NodeAddresses addresses;
    private final GroupRouter router;
    private final MetadataView metadata;
    private final LeaderView leaders;
    private final AutoTopics autoTopics;
    /// At most one request for the topic is under way.
    private final AtomicBoolean creating = new AtomicBoolean();

    public FindCoordinatorHandler(
            NodeAddresses addresses,
            GroupRouter router,
            MetadataView metadata,
            LeaderView leaders,
            AutoTopics autoTopics) {
        this.addresses = addresses;
        this.router = router;
        this.metadata = metadata;
        this.leaders = leaders;
        this.autoTopics = autoTopics;
    }

    private record Found(Errors error, Node node) {
        static Found failed(Errors error) {
            return new Found(error, Node.noNode());
        }
    }

    @Override
    public void handle(ClientRequest request) {
        FindCoordinatorRequestData data = ((FindCoordinatorRequest) request.body()).data();
        if (request.apiVersion() < FindCoordinatorRequest.MIN_BATCHED_VERSION) {
            Found found = find(request, data.keyType(), data.key());
            request.respond(new FindCoordinatorResponse(new FindCoordinatorResponseData()
                    .setErrorCode(found.error().code())
                    .setErrorMessage(message(found.error(), data.keyType()))
                    .setNodeId(found.node().id())
                    .setHost(found.node().host())
                    .setPort(found.node().port())));
            return;
        }
        List<Coordinator> coordinators = new ArrayList<>(data.coordinatorKeys().size());
        for (String key : data.coordinatorKeys()) {
            Found found = find(request, data.keyType(), key);
            coordinators.add(new Coordinator()
                    .setKey(key)
                    .setErrorCode(found.error().code())
                    .setErrorMessage(found.error() == Errors.NONE ? "" : message(found.error(), data.keyType()))
                    .setNodeId(found.node().id())
                    .setHost(found.node().host())
                    .setPort(found.node().port()));
        }
        request.respond(new FindCoordinatorResponse(new FindCoordinatorResponseData().setCoordinators(coordinators)));
    }

    private static @Nullable String message(Errors error, byte keyType) {
        if (error == Errors.INVALID_REQUEST) {
            return "This broker has no coordinator of type " + keyType + ".";
        }
        return error == Errors.NONE ? Errors.NONE.message() : error.message();
    }

    private Found find(ClientRequest request, byte keyType, String key) {
        if (keyType != CoordinatorType.GROUP.id()) {
            return Found.failed(Errors.INVALID_REQUEST);
        }
        Optional<PartitionId> partition = router.partitionIdFor(key);
        if (partition.isEmpty()) {
            createTopic();
            return Found.failed(Errors.COORDINATOR_NOT_AVAILABLE);
        }
        return leaders.leadership(partition.get())
                .flatMap(leadership -> node(leadership.nodeId(), request.origin()))
                .map(node -> new Found(Errors.NONE, node))
                .orElseGet(() -> Found.failed(Errors.COORDINATOR_NOT_AVAILABLE));
    }

    private void createTopic() {
        if (creating.compareAndSet(false, true)) {
            autoTopics.createInternalTopic(Topic.GROUP_METADATA_TOPIC_NAME).whenComplete((_, _) -> creating.set(false));
        }
    }

    private Optional<Node> node(int nodeId, RequestOrigin origin) {
        return addresses
                .address(metadata.image(), nodeId, origin)
                .map(endpoint -> new Node(nodeId, endpoint.host(), endpoint.port()));
    }
}
