package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;

/// Groups and their offsets through the Admin client.
@SuppressWarnings({"deprecation", "removal"}) // the replacements came with 4.0 and 4.1, and old clients run this too
final class GroupAdminSteps {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final ScenarioClient client;

    GroupAdminSteps(ScenarioClient client) {
        this.client = client;
    }

    List<Step> steps() {
        return List.of(
                new Step("groups are listed, described and deleted", this::groups),
                new Step("offsets of a group are altered, listed and deleted", this::offsets));
    }

    private void groups() throws Exception {
        String topic = client.createTopic("described", 2, Map.of());
        String groupId = ScenarioClient.unique("described");
        Map<String, Object> config = Map.of(
                "group.id", groupId,
                "client.id", "watched",
                "partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor");
        try (Admin admin = client.admin()) {
            try (GroupMember member = new GroupMember(client.consumer(config), topic, new ConcurrentHashMap<>())) {
                Check.eventually(
                        DEADLINE,
                        "the member owns both partitions",
                        () -> member.owned().size() == 2);
                Check.that(listedGroups(admin).contains(groupId), "the group is listed");
                ConsumerGroupDescription description = describe(admin, groupId);
                Check.equal("Stable", description.state().toString(), "state");
                Check.equal("range", description.partitionAssignor(), "assignor");
                Check.equal(1, description.members().size(), "members");
                MemberDescription described = description.members().iterator().next();
                Check.equal("watched", described.clientId(), "client id");
                Check.that(described.host().contains("127.0.0.1"), "host is " + described.host());
                Check.equal(
                        Set.copyOf(ScenarioClient.partitions(topic, 2)),
                        described.assignment().topicPartitions(),
                        "assignment");
                Check.fails(
                        GroupNotEmptyException.class,
                        admin.deleteConsumerGroups(List.of(groupId)).all());
            }
            Check.eventually(
                    DEADLINE,
                    "the group is empty",
                    () -> describe(admin, groupId).state().toString().equals("Empty"));
            Check.get(admin.deleteConsumerGroups(List.of(groupId)).all());
            Check.that(!listedGroups(admin).contains(groupId), "the group is gone");
            Check.fails(
                    GroupIdNotFoundException.class,
                    admin.deleteConsumerGroups(List.of(groupId)).all());
        }
    }

    private static Set<String> listedGroups(Admin admin) throws Exception {
        Set<String> groupIds = new HashSet<>();
        for (ConsumerGroupListing listing : Check.get(admin.listConsumerGroups().valid())) {
            groupIds.add(listing.groupId());
        }
        return groupIds;
    }

    private static ConsumerGroupDescription describe(Admin admin, String groupId) throws Exception {
        return Check.at(Check.get(admin.describeConsumerGroups(List.of(groupId)).all()), groupId);
    }

    private void offsets() throws Exception {
        String topic = client.createTopic("altered", 2, Map.of());
        List<TopicPartition> partitions = ScenarioClient.partitions(topic, 2);
        String groupId = ScenarioClient.unique("altered");
        try (Admin admin = client.admin()) {
            Check.get(admin.alterConsumerGroupOffsets(
                            groupId,
                            Map.of(
                                    partitions.get(0), new OffsetAndMetadata(11, "eleven"),
                                    partitions.get(1), new OffsetAndMetadata(22)))
                    .all());
            Map<TopicPartition, OffsetAndMetadata> committed = committed(admin, groupId);
            Check.equal(Set.copyOf(partitions), committed.keySet(), "partitions with an offset");
            Check.equal(11L, Check.at(committed, partitions.get(0)).offset(), "offset");
            Check.equal("eleven", Check.at(committed, partitions.get(0)).metadata(), "metadata");
            Check.equal(22L, Check.at(committed, partitions.get(1)).offset(), "offset");

            Check.get(admin.deleteConsumerGroupOffsets(groupId, Set.of(partitions.get(0)))
                    .all());
            Check.equal(Set.of(partitions.get(1)), committed(admin, groupId).keySet(), "offsets that are left");

            Map<String, Object> config = Map.of("group.id", groupId);
            try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(config)) {
                consumer.subscribe(List.of(topic));
                Check.eventually(DEADLINE, "the consumer has its partitions", () -> {
                    consumer.poll(Duration.ofMillis(100));
                    return consumer.assignment().size() == 2;
                });
                Check.fails(
                        GroupSubscribedToTopicException.class,
                        admin.deleteConsumerGroupOffsets(groupId, Set.of(partitions.get(1)))
                                .all());
            }
            List<TopicPartition> none = new ArrayList<>();
            Check.equal(
                    none,
                    List.copyOf(
                            committed(admin, ScenarioClient.unique("unknown")).keySet()),
                    "no offsets");
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String groupId) throws Exception {
        return Check.get(admin.listConsumerGroupOffsets(groupId).partitionsToOffsetAndMetadata());
    }
}
