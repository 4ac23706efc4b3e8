package io.sampo.chaos.stream;

import io.sampo.streams.Codec;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.admin.NewTopic;
import io.sampo.streams.admin.OffsetTime;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.javadsl.Sink;

/// The topic of a run: its creation, how its replicas are, and what is in it at the end.
///
/// Thread rule: the run's thread.
final class WorkTopic {
    static final String NAME = "work";
    private static final int PARTITIONS = 6;
    private static final Duration CREATE_LIMIT = Duration.ofSeconds(30);
    private static final Duration READ_LIMIT = Duration.ofSeconds(60);
    private static final Duration QUESTION_LIMIT = Duration.ofSeconds(5);

    private final StreamClient client;
    private final int replicas;
    private final Topic<String, Long> topic;

    WorkTopic(StreamClient client, int replicas) {
        this.client = client;
        this.replicas = replicas;
        this.topic = client.topic(NAME, Codec.utf8(), Codec.int64());
    }

    Topic<String, Long> topic() {
        return topic;
    }

    void create() throws IOException {
        await(
                client.admin()
                        .createTopic(NewTopic.named(NAME)
                                .withPartitions(PARTITIONS)
                                .withReplicationFactor(replicas)
                                .withConfigs(Map.of("segment.bytes", "1048576"))),
                CREATE_LIMIT);
    }

    /// Whether all replicas of all partitions are in sync, as a client is told.
    boolean isInSync() {
        try {
            return await(client.admin().describeTopic(NAME), QUESTION_LIMIT).partitions().stream()
                    .allMatch(each -> each.inSyncReplicas().size() == replicas);
        } catch (IOException _) {
            return false;
        }
    }

    /// Reads all that is there, and what the group has committed.
    void readInto(Account account) throws IOException {
        await(
                topic.read(Span.all().untilNow())
                        .runWith(
                                Sink.foreach(event -> account.written(
                                        new Item(
                                                Objects.requireNonNull(event.key()),
                                                Objects.requireNonNull(event.value())),
                                        new Spot(event.partition(), event.offset()))),
                                client.system()),
                READ_LIMIT);
        Map<TopicPartition, OffsetTime> ends = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            ends.put(new TopicPartition(NAME, i), OffsetTime.latest());
        }
        Map<Integer, Long> endOf = new HashMap<>();
        await(client.admin().listOffsets(ends), READ_LIMIT)
                .forEach((partition, found) -> endOf.put(partition.partition(), found.offset()));
        account.ends(endOf);
        Map<Integer, Long> committed = new HashMap<>();
        await(client.admin().groupOffsets(Worker.GROUP), READ_LIMIT)
                .forEach((partition, offset) -> committed.put(partition.partition(), offset.offset()));
        account.committed(committed);
    }

    private static <T> T await(CompletionStage<T> stage, Duration limit) throws IOException {
        try {
            return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new IOException(String.valueOf(failed.getCause()), failed);
        } catch (TimeoutException late) {
            throw new IOException("no answer within " + limit, late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
