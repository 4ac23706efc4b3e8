package io.sampo.actors.group;

import io.sampo.actors.api.FindCoordinatorHandler;
import io.sampo.actors.api.GroupAdminHandler;
import io.sampo.actors.api.GroupMembershipHandler;
import io.sampo.actors.api.NodeAddresses;
import io.sampo.actors.api.OffsetCommitHandler;
import io.sampo.actors.api.OffsetDeleteHandler;
import io.sampo.actors.api.OffsetFetchHandler;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.MemoryLeader;
import io.sampo.core.api.ApiTable;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestOrigin;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;

/// A node as far as groups need one: handlers, coordinators, and partitions in memory. Requests and responses go
/// through their wire form.
final class GroupNode implements LeaderDirectory, AutoCloseable {
    static final int NODE_ID = 1;
    static final int OTHER_NODE_ID = 2;
    static final Uuid OFFSETS_TOPIC_ID = new Uuid(9, 9);
    static final Uuid ORDERS_ID = new Uuid(1, 1);
    static final int ORDERS_PARTITIONS = 4;

    final ActorTestKit testKit = ActorTestKit.create();
    final Map<PartitionId, MemoryLeader> leaders = new ConcurrentHashMap<>();
    private final Map<PartitionId, Leadership> ledElsewhere = new ConcurrentHashMap<>();
    final List<LeadershipListener> listeners = new CopyOnWriteArrayList<>();
    final AtomicInteger topicCreations = new AtomicInteger();
    final GroupRouter router;
    final ApiTable apis;
    final ActorRef<GroupCoordinators.Command> coordinators;
    volatile MetadataImage image = MetadataImage.EMPTY;

    GroupNode(GroupSettings settings) {
        this(settings, CompressionType.NONE);
    }

    GroupNode(GroupSettings settings, CompressionType compression) {
        router = new GroupRouter(() -> image, this, settings);
        GroupMembershipHandler membership = new GroupMembershipHandler(router);
        GroupAdminHandler admin = new GroupAdminHandler(router);
        apis = ApiTable.builder()
                .serve(
                        ApiKeys.FIND_COORDINATOR,
                        new FindCoordinatorHandler(
                                new NodeAddresses(NODE_ID), router, () -> image, this, this::createTopic))
                .serve(ApiKeys.JOIN_GROUP, membership)
                .serve(ApiKeys.SYNC_GROUP, membership)
                .serve(ApiKeys.HEARTBEAT, membership)
                .serve(ApiKeys.LEAVE_GROUP, membership)
                .serve(ApiKeys.OFFSET_COMMIT, new OffsetCommitHandler(router, () -> image))
                .serve(ApiKeys.OFFSET_FETCH, new OffsetFetchHandler(router, () -> image))
                .serve(ApiKeys.OFFSET_DELETE, new OffsetDeleteHandler(router, () -> image))
                .serve(ApiKeys.LIST_GROUPS, admin)
                .serve(ApiKeys.DESCRIBE_GROUPS, admin)
                .serve(ApiKeys.DELETE_GROUPS, admin)
                .build();
        coordinators = testKit.spawn(GroupCoordinators.create(
                this,
                router,
                new GroupCoordinator.Environment(
                        settings,
                        new SteadyClock(),
                        () -> UUID.randomUUID().toString(),
                        () -> 1024 * 1024,
                        compression,
                        "pekko.actor.default-blocking-io-dispatcher")));
    }

    /// With the offsets topic (2 partitions), led here, and loaded.
    static GroupNode serving(GroupSettings settings) {
        return serving(settings, CompressionType.NONE);
    }

    static GroupNode serving(GroupSettings settings, CompressionType compression) {
        GroupNode node = new GroupNode(settings, compression);
        await(node.createTopic(Topic.GROUP_METADATA_TOPIC_NAME));
        node.awaitServing();
        return node;
    }

    private CompletableFuture<String> createTopic(String name) {
        topicCreations.incrementAndGet();
        TreeMap<String, TopicImage> topics = new TreeMap<>();
        TopicImage offsets = topic(name, OFFSETS_TOPIC_ID, 2);
        TopicImage orders = topic("orders", ORDERS_ID, ORDERS_PARTITIONS);
        topics.put(name, offsets);
        topics.put("orders", orders);
        MetadataImage empty = MetadataImage.EMPTY;
        image = new MetadataImage(
                1,
                "cluster",
                topics,
                Map.of(OFFSETS_TOPIC_ID, offsets, ORDERS_ID, orders),
                new TreeMap<>(Map.of(
                        OTHER_NODE_ID,
                        new NodeImage(
                                OTHER_NODE_ID,
                                Uuid.ONE_UUID,
                                Uuid.ONE_UUID,
                                null,
                                List.of(new Endpoint("PLAINTEXT", "other.example", 9092))))),
                empty.brokerConfigs(),
                0,
                empty.scramCredentials());
        for (int i = 0; i < 2; i++) {
            lead(new MemoryLeader(offsets.partitionId(i), 1));
        }
        return CompletableFuture.completedFuture(name);
    }

    private static TopicImage topic(String name, Uuid id, int partitionCount) {
        return new TopicImage(
                name,
                id,
                Collections.nCopies(partitionCount, new PartitionAssignment(List.of(NODE_ID))),
                new TreeMap<>());
    }

    void lead(MemoryLeader leader) {
        awaitSubscription();
        leaders.put(leader.id(), leader);
        listeners.forEach(listener -> listener.started(leader));
    }

    void endLeadership(PartitionId id) {
        MemoryLeader leader = Objects.requireNonNull(leaders.remove(id));
        leader.end();
        listeners.forEach(listener -> listener.ended(id, leader.leaderEpoch()));
    }

    void leadElsewhere(PartitionId id) {
        ledElsewhere.put(id, new Leadership(OTHER_NODE_ID, 2, List.of(OTHER_NODE_ID), List.of()));
    }

    MemoryLeader leaderOf(String groupId) {
        return Objects.requireNonNull(leaders.get(router.partitionIdFor(groupId).orElseThrow()));
    }

    private void awaitSubscription() {
        testKit.<Void>createTestProbe().awaitAssert(Duration.ofSeconds(10), () -> {
            if (listeners.isEmpty()) {
                throw new AssertionError("nobody listens yet");
            }
            return 0;
        });
    }

    void awaitServing() {
        testKit.<Void>createTestProbe().awaitAssert(Duration.ofSeconds(10), () -> {
            ApiMessage response = call(
                            ApiKeys.LIST_GROUPS,
                            ApiKeys.LIST_GROUPS.latestVersion(),
                            new org.apache.kafka.common.message.ListGroupsRequestData())
                    .data();
            boolean isServing = ((org.apache.kafka.common.message.ListGroupsResponseData) response).errorCode() == 0;
            if (!isServing) {
                throw new AssertionError("still loading");
            }
            return 0;
        });
    }

    AbstractResponse call(ApiKeys apiKey, short version, ApiMessage body) {
        return await(send(apiKey, version, body));
    }

    <T extends ApiMessage> T call(ApiKeys apiKey, int version, ApiMessage body, Class<T> type) {
        return type.cast(call(apiKey, (short) version, body).data());
    }

    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(10, TimeUnit.SECONDS);
        } catch (Exception missing) {
            throw new AssertionError("no answer", missing);
        }
    }

    /// The answer as a client of that version reads it.
    CompletableFuture<AbstractResponse> send(ApiKeys apiKey, short version, ApiMessage body) {
        CompletableFuture<AbstractResponse> answer = new CompletableFuture<>();
        AbstractRequest parsed =
                AbstractRequest.parseRequest(apiKey, version, MessageUtil.toByteBufferAccessor(body, version)).request;
        apis.entry(apiKey).orElseThrow().handler().handle(new ClientRequest() {
            @Override
            public ApiKeys apiKey() {
                return apiKey;
            }

            @Override
            public short apiVersion() {
                return version;
            }

            @Override
            public AbstractRequest body() {
                return parsed;
            }

            @Override
            public RequestOrigin origin() {
                return new RequestOrigin(
                        1,
                        "client",
                        "127.0.0.1",
                        "PLAINTEXT",
                        SecurityProtocol.PLAINTEXT,
                        KafkaPrincipal.ANONYMOUS,
                        "dialled.example",
                        9092);
            }

            @Override
            public void respond(AbstractResponse response) {
                try {
                    Send send = response.toSend(new ResponseHeader(1, apiKey.responseHeaderVersion(version)), version);
                    if (send.size() <= 0) {
                        throw new IllegalStateException("nothing to send");
                    }
                    answer.complete(AbstractResponse.parseResponse(
                            apiKey, MessageUtil.toByteBufferAccessor(response.data(), version), version));
                } catch (RuntimeException unserializable) {
                    answer.completeExceptionally(unserializable);
                }
            }

            @Override
            public void respondNothing() {
                answer.completeExceptionally(new AssertionError("no response"));
            }

            @Override
            public void disconnect(String reason) {
                answer.completeExceptionally(new AssertionError("disconnected: " + reason));
            }
        });
        return answer;
    }

    @Override
    public Optional<LeaderHandle> local(PartitionId id) {
        return Optional.ofNullable(leaders.get(id));
    }

    @Override
    public void subscribe(String topic, LeadershipListener listener) {
        listeners.add(listener);
    }

    @Override
    public Optional<Leadership> leadership(PartitionId partition) {
        return Optional.ofNullable(leaders.get(partition))
                .map(leader -> new Leadership(NODE_ID, leader.leaderEpoch(), List.of(NODE_ID), List.of()))
                .or(() -> Optional.ofNullable(ledElsewhere.get(partition)));
    }

    @Override
    public void close() {
        testKit.shutdownTestKit();
    }
}
