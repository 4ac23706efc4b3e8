package io.sampo.chaos.workload;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.FinalRead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// Reads whole partitions when nobody writes any more.
final class FinalReads {
    private final Clients clients;
    private final List<TopicPartition> partitions;
    private final HistoryFile history;

    FinalReads(Clients clients, List<TopicPartition> partitions, HistoryFile history) {
        this.clients = clients;
        this.partitions = partitions;
        this.history = history;
    }

    /// Reads as a client in a rack, which the leader sends to the replica there when it can serve; a rack that no
    /// node is in: from the leaders. Partitions that do not come to their end within the limit are not
    /// written down, and so missed by the checker.
    void read(String reader, String rack, Duration limit) {
        long invokedUs = history.nowUs();
        Map<TopicPartition, List<Entry>> entries = new HashMap<>();
        partitions.forEach(each -> entries.put(each, new ArrayList<>()));
        Map<TopicPartition, Long> starts = new HashMap<>();
        Map<TopicPartition, Long> ends = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(Map.of("client.rack", rack))) {
            consumer.assign(partitions);
            for (TopicPartition partition : partitions) {
                List<TopicPartition> one = List.of(partition);
                try {
                    starts.putAll(consumer.beginningOffsets(one));
                    ends.putAll(consumer.endOffsets(one));
                } catch (KafkaException _) {
                    consumer.pause(one); // offline
                }
            }
            consumer.seekToBeginning(ends.keySet());
            long deadline = System.nanoTime() + limit.toNanos();
            while (!ends.isEmpty() && System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    List<Entry> read = entries.get(new TopicPartition(record.topic(), record.partition()));
                    if (read != null) {
                        read.add(GroupMember.entry(record));
                    }
                }
                for (TopicPartition partition : List.copyOf(ends.keySet())) {
                    long end = ends.getOrDefault(partition, 0L);
                    if (consumer.position(partition) >= end) {
                        ends.remove(partition);
                        history.add(new FinalRead(
                                invokedUs,
                                history.nowUs(),
                                reader,
                                GroupMember.place(partition),
                                starts.getOrDefault(partition, 0L),
                                end,
                                below(end, entries.getOrDefault(partition, List.of()))));
                    }
                }
            }
        } catch (KafkaException _) {
            return; // what is missing is missed by the checker
        }
    }

    private static List<Entry> below(long end, List<Entry> entries) {
        return entries.stream().filter(entry -> entry.offset() < end).toList();
    }
}
