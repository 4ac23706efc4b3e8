package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.RebalanceProtocol;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;

/// The assignors that a member offers, and their words within the classic protocol: what a member says of itself when
/// it joins, what the leader makes of that, what a member is told.
///
/// They keep what they were last assigned, so each member has its own.
final class Assignors {
    private static final Map<String, String> CLASS_NAMES = Map.of(
            CooperativeStickyAssignor.COOPERATIVE_STICKY_ASSIGNOR_NAME, CooperativeStickyAssignor.class.getName(),
            RangeAssignor.RANGE_ASSIGNOR_NAME, RangeAssignor.class.getName(),
            RoundRobinAssignor.ROUNDROBIN_ASSIGNOR_NAME, RoundRobinAssignor.class.getName(),
            StickyAssignor.STICKY_ASSIGNOR_NAME, StickyAssignor.class.getName());

    private final Map<String, ConsumerPartitionAssignor> byName = new LinkedHashMap<>();
    private final boolean cooperative;

    /// @param names short or of classes, the preferred one first
    /// @throws ConfigException when there is none, two have one name, or they share no way of rebalancing
    /// @throws org.apache.kafka.common.KafkaException when a class cannot be used
    Assignors(List<String> names) {
        List<String> classes =
                names.stream().map(name -> CLASS_NAMES.getOrDefault(name, name)).toList();
        Set<RebalanceProtocol> shared = EnumSet.allOf(RebalanceProtocol.class);
        for (ConsumerPartitionAssignor assignor :
                ConsumerPartitionAssignor.getAssignorInstances(classes, new HashMap<>())) {
            shared.retainAll(assignor.supportedProtocols());
            if (byName.put(assignor.name(), assignor) != null) {
                throw new ConfigException("Two assignors are named " + assignor.name());
            }
        }
        if (byName.isEmpty() || shared.isEmpty()) {
            throw new ConfigException("partition.assignment.strategy", names, "no way of rebalancing that all share");
        }
        this.cooperative = shared.contains(RebalanceProtocol.COOPERATIVE);
    }

    /// Whether a member keeps what stays with it during a rebalance. Otherwise it gives up all of it first.
    boolean cooperative() {
        return cooperative;
    }

    /// @param owned what the member still has
    /// @param generationId of the last rebalance in which it said so; -1: none
    JoinGroupRequestProtocolCollection protocols(
            Set<String> topics, Collection<TopicPartition> owned, int generationId, Optional<String> rack) {
        JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
        List<String> sorted = List.copyOf(new TreeSet<>(topics));
        for (ConsumerPartitionAssignor assignor : byName.values()) {
            ByteBuffer bytes = ConsumerProtocol.serializeSubscription(new ConsumerPartitionAssignor.Subscription(
                    sorted, assignor.subscriptionUserData(topics), List.copyOf(owned), generationId, rack));
            protocols.add(
                    new JoinGroupRequestProtocol().setName(assignor.name()).setMetadata(bytesOf(bytes)));
        }
        return protocols;
    }

    /// All topics that somebody in the group reads.
    static Set<String> topics(List<JoinGroupResponseMember> members) {
        Set<String> topics = new TreeSet<>();
        members.forEach(member -> topics.addAll(subscription(member).topics()));
        return topics;
    }

    /// The leader's work.
    ///
    /// @param assignorName what the coordinator chose of what all members offer
    /// @throws IllegalStateException when a cooperative assignor gives away what another member still owns
    List<SyncGroupRequestAssignment> assign(
            String assignorName, List<JoinGroupResponseMember> members, ClusterView view) {
        Map<String, ConsumerPartitionAssignor.Subscription> subscriptions = new HashMap<>();
        members.forEach(member -> subscriptions.put(member.memberId(), subscription(member)));
        Map<String, Assignment> assignments = assignor(assignorName)
                .assign(kafkaCluster(view), new GroupSubscription(subscriptions))
                .groupAssignment();
        if (cooperative) {
            checkNothingIsTaken(assignorName, subscriptions, assignments);
        }
        List<SyncGroupRequestAssignment> result = new ArrayList<>();
        assignments.forEach((memberId, assignment) -> result.add(new SyncGroupRequestAssignment()
                .setMemberId(memberId)
                .setAssignment(bytesOf(ConsumerProtocol.serializeAssignment(assignment)))));
        return result;
    }

    private static void checkNothingIsTaken(
            String assignorName,
            Map<String, ConsumerPartitionAssignor.Subscription> subscriptions,
            Map<String, Assignment> assignments) {
        int newest = subscriptions.values().stream()
                .mapToInt(subscription -> subscription.generationId().orElse(-1))
                .max()
                .orElse(-1);
        Map<TopicPartition, String> owners = new HashMap<>();
        subscriptions.forEach((memberId, subscription) -> {
            if (newest >= 0 && subscription.generationId().orElse(-1) == newest) {
                subscription.ownedPartitions().forEach(partition -> owners.put(partition, memberId));
            }
        });
        assignments.forEach((memberId, assignment) -> assignment.partitions().forEach(partition -> {
            if (!owners.getOrDefault(partition, memberId).equals(memberId)) {
                throw new IllegalStateException("The assignor " + assignorName + " gives " + partition + " to "
                        + memberId + " while " + owners.get(partition) + " still owns it");
            }
        }));
    }

    /// @param bytes empty: nothing
    /// @return what the member is to own
    @SuppressWarnings("removal") // The constructor; the interface of assignors asks for it, and names no other.
    Set<TopicPartition> assigned(String assignorName, byte[] bytes, String groupId, int generationId, String memberId) {
        Assignment assignment = bytes.length == 0
                ? new Assignment(List.of())
                : ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(bytes));
        assignor(assignorName)
                .onAssignment(assignment, new ConsumerGroupMetadata(groupId, generationId, memberId, Optional.empty()));
        return Set.copyOf(assignment.partitions());
    }

    private ConsumerPartitionAssignor assignor(String name) {
        ConsumerPartitionAssignor assignor = byName.get(name);
        if (assignor == null) {
            throw new IllegalStateException(
                    "The coordinator chose the assignor " + name + ", offered were " + byName.keySet());
        }
        return assignor;
    }

    private static ConsumerPartitionAssignor.Subscription subscription(JoinGroupResponseMember member) {
        ConsumerPartitionAssignor.Subscription subscription =
                ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(member.metadata()));
        subscription.setGroupInstanceId(Optional.ofNullable(member.groupInstanceId()));
        return subscription;
    }

    private static Cluster kafkaCluster(ClusterView view) {
        Map<Integer, Node> nodes = new HashMap<>();
        view.nodes()
                .values()
                .forEach(node -> nodes.put(
                        node.id(),
                        new Node(
                                node.id(), node.host(), node.port(), node.rack().orElse(null))));
        List<PartitionInfo> partitions = new ArrayList<>();
        for (ClusterView.Topic topic : view.topics().values()) {
            for (ClusterView.Partition partition : topic.partitions()) {
                Node[] replicas = partition.replicas().stream()
                        .map(id -> nodes.getOrDefault(id, new Node(id, "", -1)))
                        .toArray(Node[]::new);
                Node leader = partition.leader().isPresent()
                        ? nodes.getOrDefault(partition.leader().getAsInt(), Node.noNode())
                        : Node.noNode();
                partitions.add(new PartitionInfo(topic.name(), partition.index(), leader, replicas, replicas));
            }
        }
        return new Cluster(view.clusterId().orElse(""), nodes.values(), partitions, Set.of(), Set.of());
    }

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
