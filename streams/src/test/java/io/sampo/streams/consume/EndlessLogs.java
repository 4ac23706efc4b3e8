package io.sampo.streams.consume;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.ScriptedCluster;
import io.sampo.streams.fetch.FetchSettings;
import io.sampo.streams.fetch.Fetcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.pekko.actor.typed.ActorSystem;

/// Partitions of a topic with a record at every offset, ten to a fetch.
final class EndlessLogs {
    static final String TOPIC = "t";
    private static final int BATCH_RECORDS = 10;
    private static final Uuid ID = new Uuid(1, 2);

    private final ScriptedCluster cluster;

    EndlessLogs(int partitions) {
        List<ClusterView.Partition> all = new ArrayList<>();
        for (int index = 0; index < partitions; index++) {
            all.add(new ClusterView.Partition(index, OptionalInt.of(1), 3, List.of(1)));
        }
        cluster = new ScriptedCluster(new ClusterView(
                Optional.of("c"),
                Map.of(1, new ClusterView.Node(1, "host", 9092, Optional.empty())),
                Map.of(TOPIC, new ClusterView.Topic(TOPIC, ID, Errors.NONE, all))));
        cluster.on(ApiKeys.FETCH, call -> answer(call.as(FetchRequest.class)));
    }

    /// @param fetchers that share the prefetch memory of a hundred batches
    Fetcher fetcher(ActorSystem<?> system, int fetchers) {
        AbstractConfig config = new AbstractConfig(
                FetchSettings.define(new ConfigDef()), Map.of("sampo.prefetch.max.bytes", 100_000), false);
        return Fetcher.start(system, cluster, FetchSettings.from(config).shareOf(fetchers));
    }

    /// Partitions that were asked for.
    TreeSet<Integer> fetched() {
        TreeSet<Integer> partitions = new TreeSet<>();
        cluster.calls(ApiKeys.FETCH)
                .forEach(call -> call.as(FetchRequest.class)
                        .data()
                        .topics()
                        .forEach(topic ->
                                topic.partitions().forEach(partition -> partitions.add(partition.partition()))));
        return partitions;
    }

    int unclosedAnswers() {
        return cluster.unclosedAnswers();
    }

    private static FetchResponse answer(FetchRequest request) {
        List<FetchResponseData.PartitionData> answers = new ArrayList<>();
        for (FetchRequestData.FetchTopic topic : request.data().topics()) {
            for (FetchRequestData.FetchPartition partition : topic.partitions()) {
                answers.add(new FetchResponseData.PartitionData()
                        .setPartitionIndex(partition.partition())
                        .setHighWatermark(Long.MAX_VALUE)
                        .setLastStableOffset(Long.MAX_VALUE)
                        .setLogStartOffset(0)
                        .setRecords(records(partition.fetchOffset())));
            }
        }
        return FetchResponse.of(new FetchResponseData()
                .setResponses(List.of(new FetchResponseData.FetchableTopicResponse()
                        .setTopicId(ID)
                        .setPartitions(answers))));
    }

    private static MemoryRecords records(long offset) {
        SimpleRecord[] all = new SimpleRecord[BATCH_RECORDS];
        for (int i = 0; i < BATCH_RECORDS; i++) {
            all[i] = new SimpleRecord(1_000 + offset + i, null, new byte[50]);
        }
        return MemoryRecords.withRecords(offset, Compression.NONE, 3, all);
    }
}
