package io.sampo.chaos.workload;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/// A member of a group on a thread of its own: polls, commits what it got, and after some time leaves and comes
/// back, so that the others take over.
final class GroupMember {
    private final String name;
    private final String group;
    private final Clients clients;
    private final String topic;
    private final HistoryFile history;
    private final long stayMs;
    private final Thread thread;
    private int assignments;
    private volatile boolean stopping;

    /// @param stayMs until it leaves and comes back
    GroupMember(String name, String group, Clients clients, String topic, HistoryFile history, long stayMs) {
        this.name = name;
        this.group = group;
        this.clients = clients;
        this.topic = topic;
        this.history = history;
        this.stayMs = stayMs;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    private void run() {
        while (!stopping) {
            try (KafkaConsumer<byte[], byte[]> consumer =
                    clients.consumer(Map.of("group.id", group, "client.id", name))) {
                stay(consumer);
            } catch (InterruptException _) {
                Thread.currentThread().interrupt();
                return;
            } catch (KafkaException _) {
                continue; // comes back as a new member
            }
        }
    }

    private void stay(KafkaConsumer<byte[], byte[]> consumer) {
        // Between two assignments the name of the last one must not be used.
        Map<TopicPartition, String> held = new HashMap<>();
        consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                partitions.forEach(held::remove);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                partitions.forEach(partition -> held.put(partition, assigned(consumer, partition)));
            }
        });
        long until = System.nanoTime() + stayMs * 1_000_000;
        while (!stopping && System.nanoTime() < until) {
            long invokedUs = history.nowUs();
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(300));
            Set<TopicPartition> got = new HashSet<>(records.partitions());
            for (TopicPartition partition : got) {
                List<Entry> entries = new ArrayList<>();
                for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                    entries.add(entry(record));
                }
                history.add(new Poll(
                        invokedUs,
                        history.nowUs(),
                        name,
                        held.getOrDefault(partition, name + "-unknown-" + assignments++),
                        place(partition),
                        entries));
            }
            commit(consumer, records, got);
        }
    }

    /// Asks where to begin. When that fails, the client asks again by itself, and nothing is known of the answer.
    private String assigned(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
        String assignment = name + "-" + assignments++;
        long invokedUs = history.nowUs();
        try {
            long position = consumer.position(partition);
            history.add(new Assigned(
                    invokedUs,
                    history.nowUs(),
                    name,
                    group,
                    consumer.groupMetadata().generationId(),
                    assignment,
                    place(partition),
                    position));
        } catch (InterruptException interrupted) {
            throw interrupted;
        } catch (KafkaException _) {
            return assignment;
        }
        return assignment;
    }

    private void commit(
            KafkaConsumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> records, Set<TopicPartition> got) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : got) {
            offsets.put(
                    partition,
                    new OffsetAndMetadata(records.records(partition).getLast().offset() + 1));
        }
        if (offsets.isEmpty()) {
            return;
        }
        int generation = consumer.groupMetadata().generationId();
        long invokedUs = history.nowUs();
        Outcome outcome = Outcome.INFO;
        try {
            consumer.commitSync(offsets);
            outcome = Outcome.OK;
        } catch (InterruptException interrupted) {
            throw interrupted;
        } catch (KafkaException _) {
            outcome = Outcome.INFO;
        } finally {
            for (Map.Entry<TopicPartition, OffsetAndMetadata> each : offsets.entrySet()) {
                history.add(new Commit(
                        invokedUs,
                        history.nowUs(),
                        name,
                        group,
                        generation,
                        place(each.getKey()),
                        each.getValue().offset(),
                        outcome));
            }
        }
    }

    static Place place(TopicPartition partition) {
        return new Place(partition.topic(), partition.partition());
    }

    static Entry entry(ConsumerRecord<byte[], byte[]> record) {
        return new Entry(
                record.offset(),
                Payload.value(record.value()),
                record.leaderEpoch().orElse(-1));
    }

    void end() throws InterruptedException {
        stopping = true;
        thread.join(45_000);
        if (thread.isAlive()) {
            thread.interrupt();
            thread.join(10_000);
        }
    }
}
