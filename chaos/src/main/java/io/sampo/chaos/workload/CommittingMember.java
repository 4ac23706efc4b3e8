package io.sampo.chaos.workload;

import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.Rig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/// The only member of a group: commits rising offsets one after the other, and has a [Heart] beside it.
///
/// Thread rule: a thread of its own; questions from any.
public final class CommittingMember implements AutoCloseable {
    private static final String GROUP = "failover-group";
    private static final TopicPartition PARTITION = new TopicPartition(Workload.TOPIC, 0);

    private final Clients clients;
    private final HistoryFile clock;
    private final List<Span> commits = new CopyOnWriteArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong(-1);
    private final AtomicReference<@Nullable ConsumerGroupMetadata> member = new AtomicReference<>();
    private final Heart heart;
    private final Thread thread;
    private volatile boolean stopping;

    /// @param clock gives the times; nothing is written into it
    public CommittingMember(Rig rig, HistoryFile clock) {
        this.clients = new Clients(rig.bootstrap());
        this.clock = clock;
        this.heart = new Heart(
                rig.nodes().stream()
                        .map(node -> new InetSocketAddress(node.host(), node.kafkaPort()))
                        .toList(),
                GROUP,
                member::get,
                clock);
        this.thread = Thread.ofPlatform().name("committer").daemon().start(this::run);
    }

    public List<Span> commits() {
        return List.copyOf(commits);
    }

    public List<Span> heartbeats() {
        return heart.beats();
    }

    private void run() {
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(Map.of("group.id", GROUP))) {
            consumer.subscribe(List.of(Workload.TOPIC));
            for (long offset = 0; !stopping; ) {
                consumer.poll(Duration.ofMillis(5));
                member.set(consumer.groupMetadata());
                if (consumer.assignment().contains(PARTITION)) {
                    commit(consumer, ++offset);
                }
            }
        } catch (InterruptException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void commit(KafkaConsumer<byte[], byte[]> consumer, long offset) {
        long invokedUs = clock.nowUs();
        try {
            consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(offset)));
            commits.add(new Span(invokedUs, clock.nowUs()));
            acknowledged.set(offset);
        } catch (InterruptException interrupted) {
            throw interrupted;
        } catch (KafkaException _) {
            return; // whether it counts nobody knows; the next one is higher
        }
    }

    /// The node that coordinates the group.
    public Node coordinator(Rig rig) throws IOException {
        try (Admin admin = clients.admin()) {
            return rig.node(Objects.requireNonNull(admin.describeConsumerGroups(List.of(GROUP))
                            .describedGroups()
                            .get(GROUP))
                    .get()
                    .coordinator()
                    .id());
        } catch (ExecutionException failed) {
            throw new IOException("the group could not be described: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /// Whether the group's committed offset is the last one that was acknowledged before, or a later one.
    public boolean remembersAll() throws IOException {
        long known = acknowledged.get();
        try (Admin admin = clients.admin()) {
            OffsetAndMetadata committed = admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(PARTITION);
            return known < 0 || committed != null && committed.offset() >= known;
        } catch (ExecutionException failed) {
            throw new IOException("the group's offsets could not be read: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /// Waits until `count` commits and as many heartbeats that began after `fromUs` have succeeded.
    ///
    /// @throws IOException when they have not within the limit
    public void awaitBoth(int count, long fromUs, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (later(commits(), fromUs) < count || later(heartbeats(), fromUs) < count) {
            if (System.nanoTime() > deadline) {
                throw new IOException("no commits and heartbeats within " + limit);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            }
        }
    }

    private static long later(List<Span> spans, long fromUs) {
        return spans.stream().filter(span -> span.invokedUs() >= fromUs).count();
    }

    @Override
    public void close() throws IOException {
        stopping = true;
        heart.close();
        try {
            thread.join(45_000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
