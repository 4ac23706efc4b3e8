package io.sampo.testkit.guide;

import static io.sampo.testkit.guide.Waiting.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Codec;
import io.sampo.streams.StreamClient;
import io.sampo.streams.admin.Admin;
import io.sampo.streams.admin.ClusterDescription;
import io.sampo.streams.admin.CommittedOffset;
import io.sampo.streams.admin.ConfigEntry;
import io.sampo.streams.admin.FoundOffset;
import io.sampo.streams.admin.GroupDescription;
import io.sampo.streams.admin.GroupListing;
import io.sampo.streams.admin.NewTopic;
import io.sampo.streams.admin.OffsetTime;
import io.sampo.streams.admin.TopicDescription;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestTopic;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.pekko.Done;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Examples of the few calls that an application needs beside its streams.
@SampoTest
@Timeout(60)
class AdminGuideTest {

    @Test
    void topics(StreamClient client, TestTopic unique) throws Exception {
        String name = unique.name() + "-made";
        // @start region="topics"
        Admin admin = client.admin();
        CompletionStage<TopicDescription> made = admin.createTopic(
                        NewTopic.named(name).withPartitions(6).withConfigs(Map.of("retention.ms", "604800000")))
                .thenCompose(_ -> admin.describeTopic(name));
        // @end
        assertEquals(6, outcome(made).partitions().size());
        // @start region="configs"
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
        CompletionStage<Map<String, ConfigEntry>> forEver = admin.alterConfigs(
                        topic, Map.of("retention.ms", Optional.of("-1")))
                .thenCompose(_ -> admin.describeConfigs(topic));
        // @end
        assertEquals("-1", outcome(forEver).get("retention.ms").value().orElse(""));
        outcome(admin.deleteTopic(name));
        assertTrue(!outcome(admin.listTopics()).contains(name));
    }

    @Test
    void groups(StreamClient client, TestTopic topic) throws Exception {
        outcome(client.topic(topic.name(), Codec.utf8(), Codec.utf8()).send("c-17", "lamp"));
        Admin admin = client.admin();
        String name = topic.name();
        String group = name + "-group";
        TopicPartition first = new TopicPartition(name, 0);
        // @start region="group-offsets"
        CompletionStage<Map<TopicPartition, CommittedOffset>> again = admin.listOffsets(
                        Map.of(first, OffsetTime.earliest()))
                .thenCompose(found -> admin.resetGroupOffsets(
                        group, Map.of(first, found.get(first).offset())))
                .thenCompose(_ -> admin.groupOffsets(group));
        // @end
        assertEquals(0, outcome(again).get(first).offset());
        // @start region="groups"
        CompletionStage<List<GroupListing>> all = admin.listGroups();
        CompletionStage<GroupDescription> one = admin.describeGroup(group);
        // @end
        assertTrue(outcome(all).stream().anyMatch(listing -> listing.groupId().equals(group)));
        assertEquals("Empty", outcome(one).state());
        outcome(admin.deleteGroupOffsets(group, Set.of(first)));
        outcome(admin.deleteGroup(group));
    }

    @Test
    void offsets(StreamClient client, TestTopic topic) throws Exception {
        outcome(client.topic(topic.name(), Codec.utf8(), Codec.utf8()).send("c-17", "lamp"));
        Admin admin = client.admin();
        String name = topic.name();
        // @start region="offsets"
        TopicPartition first = new TopicPartition(name, 0);
        CompletionStage<Map<TopicPartition, FoundOffset>> end = admin.listOffsets(Map.of(first, OffsetTime.latest()));
        CompletionStage<Map<TopicPartition, Long>> emptied = end.thenCompose(
                found -> admin.deleteRecords(Map.of(first, found.get(first).offset())));
        // @end
        assertEquals(outcome(end).get(first).offset(), outcome(emptied).get(first));
    }

    @Test
    void cluster(StreamClient client) throws Exception {
        Admin admin = client.admin();
        // @start region="cluster"
        CompletionStage<ClusterDescription> cluster = admin.describeCluster();
        // @end
        assertEquals(1, outcome(cluster).nodes().size());
    }

    @Test
    void partitions(StreamClient client, TestTopic topic) throws Exception {
        CompletionStage<Done> more = client.admin().increasePartitions(topic.name(), 5);
        outcome(more);
        assertEquals(
                5,
                outcome(client.admin().describeTopic(topic.name())).partitions().size());
    }
}
