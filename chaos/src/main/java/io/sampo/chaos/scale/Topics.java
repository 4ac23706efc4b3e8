package io.sampo.chaos.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/// The topics of a run, as the cluster describes them.
///
/// Thread rule: one thread.
public final class Topics implements AutoCloseable {
    private final Admin admin;
    private final List<String> names = new ArrayList<>();
    private final int partitions;
    private final int topics;
    private final short replicationFactor;

    /// @param partitions of all topics together
    public Topics(String bootstrap, int topics, int partitions, int replicationFactor) {
        this.admin = Admin.create(Map.of(
                "bootstrap.servers",
                bootstrap,
                "request.timeout.ms",
                "60000",
                "default.api.timeout.ms",
                "120000",
                "reconnect.backoff.max.ms",
                "500"));
        this.topics = topics;
        this.partitions = partitions;
        this.replicationFactor = (short) replicationFactor;
        for (int i = 0; i < topics; i++) {
            names.add("scale-" + i);
        }
    }

    /// Creates all, with as few requests as they fit in.
    public void create() throws IOException {
        List<NewTopic> all = new ArrayList<>();
        for (int i = 0; i < topics; i++) {
            all.add(new NewTopic(names.get(i), partitionsOf(i), replicationFactor));
        }
        try {
            admin.createTopics(all).all().get();
        } catch (ExecutionException failed) {
            throw new IOException("the topics could not be created: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private int partitionsOf(int topic) {
        return partitions / topics + (topic < partitions % topics ? 1 : 0);
    }

    public List<TopicPartition> all() {
        List<TopicPartition> all = new ArrayList<>();
        for (int topic = 0; topic < topics; topic++) {
            for (int partition = 0; partition < partitionsOf(topic); partition++) {
                all.add(new TopicPartition(names.get(topic), partition));
            }
        }
        return all;
    }

    /// Those whose description satisfies a condition; none while nobody answers.
    public List<TopicPartition> which(Predicate<TopicPartitionInfo> condition) throws IOException {
        List<TopicPartition> found = new ArrayList<>();
        try {
            admin.describeTopics(names)
                    .allTopicNames()
                    .get()
                    .forEach((name, topic) -> topic.partitions().stream()
                            .filter(condition)
                            .forEach(each -> found.add(new TopicPartition(name, each.partition()))));
        } catch (ExecutionException _) {
            return List.of();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
        return found;
    }

    public List<TopicPartition> ledBy(int node) throws IOException {
        return which(each -> each.leader() != null && each.leader().id() == node);
    }

    /// Waits until every partition satisfies a condition.
    ///
    /// @return milliseconds from `sinceNanos`
    /// @throws IOException when they do not within the limit
    public long await(String what, Predicate<TopicPartitionInfo> condition, long sinceNanos, long limitMs)
            throws IOException {
        while (true) {
            int done = which(condition).size();
            long tookMs = (System.nanoTime() - sinceNanos) / 1_000_000;
            if (done == partitions) {
                return tookMs;
            }
            if (tookMs > limitMs) {
                throw new IOException(
                        what + ": " + done + " of " + partitions + " partitions within " + limitMs + " ms");
            }
            Pause.ms(200);
        }
    }

    /// Has the preferred replica of every partition elected, as `kafka-leader-election --all-topic-partitions` does.
    public void electPreferred() throws IOException {
        try {
            admin.electLeaders(ElectionType.PREFERRED, null).partitions().get();
        } catch (ExecutionException failed) {
            throw new IOException("no election of preferred leaders: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /// All replicas are in sync.
    public boolean isInSync(TopicPartitionInfo partition) {
        return partition.isr().size() == replicationFactor;
    }

    public static boolean isLedByPreferred(TopicPartitionInfo partition) {
        return partition.leader() != null
                && partition.leader().id() == partition.replicas().getFirst().id();
    }

    @Override
    public void close() {
        admin.close(java.time.Duration.ZERO);
    }
}
