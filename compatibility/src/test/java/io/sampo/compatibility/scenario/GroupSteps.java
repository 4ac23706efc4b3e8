package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Classic groups under load: members join and leave while records flow, none of them is lost.
final class GroupSteps {
    private static final int PARTITIONS = 6;
    private static final Duration DEADLINE = Duration.ofSeconds(45);

    private final ScenarioClient client;

    GroupSteps(ScenarioClient client) {
        this.client = client;
    }

    List<Step> steps() {
        return List.of(
                new Step("three members rebalance under load with range", () -> underLoad("RangeAssignor")),
                new Step(
                        "three members rebalance under load with cooperative-sticky",
                        () -> underLoad("CooperativeStickyAssignor")),
                new Step("a static member comes back without a rebalance", this::staticMember));
    }

    private Map<String, Object> config(String groupId, String assignor) {
        return Map.of(
                "group.id",
                groupId,
                "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer." + assignor,
                "session.timeout.ms",
                "20000",
                "heartbeat.interval.ms",
                "300");
    }

    private void underLoad(String assignor) throws Exception {
        String topic = client.createTopic("group", PARTITIONS, Map.of());
        String groupId = ScenarioClient.unique("group");
        Map<String, Object> config = config(groupId, assignor);
        Map<TopicPartition, Map<Long, AtomicInteger>> seen = new ConcurrentHashMap<>();
        List<GroupMember> members = new ArrayList<>();
        try (Load load = new Load(topic)) {
            try {
                members.add(new GroupMember(client.consumer(config), topic, seen));
                awaitShares(members, List.of(6));
                members.add(new GroupMember(client.consumer(config), topic, seen));
                members.add(new GroupMember(client.consumer(config), topic, seen));
                awaitShares(members, List.of(2, 2, 2));
                awaitProgress(seen, 500);
                members.remove(1).close();
                awaitShares(members, List.of(3, 3));
                members.add(new GroupMember(client.consumer(config), topic, seen));
                awaitShares(members, List.of(2, 2, 2));
                awaitProgress(seen, 500);
                Map<TopicPartition, Long> produced = load.finish();
                Check.eventually(DEADLINE, "every record is read", () -> missing(produced, seen) == 0);
            } finally {
                closeAll(members);
            }
            checkCommitted(groupId, load.finish());
        }
    }

    private static void closeAll(List<GroupMember> members) {
        AssertionError failed = null;
        for (GroupMember member : members) {
            try {
                member.close();
            } catch (AssertionError e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    private static long missing(
            Map<TopicPartition, Long> produced, Map<TopicPartition, Map<Long, AtomicInteger>> seen) {
        long missing = 0;
        for (Map.Entry<TopicPartition, Long> end : produced.entrySet()) {
            Map<Long, AtomicInteger> ofPartition = seen.getOrDefault(end.getKey(), Map.of());
            for (long offset = 0; offset < end.getValue(); offset++) {
                missing += ofPartition.containsKey(offset) ? 0 : 1;
            }
        }
        return missing;
    }

    private void checkCommitted(String groupId, Map<TopicPartition, Long> produced) throws Exception {
        try (Admin admin = client.admin()) {
            Map<TopicPartition, OffsetAndMetadata> committed =
                    Check.get(admin.listConsumerGroupOffsets(groupId).partitionsToOffsetAndMetadata());
            Map<TopicPartition, Long> offsets = new HashMap<>();
            committed.forEach((partition, offset) -> offsets.put(partition, offset.offset()));
            Check.equal(produced, offsets, "committed offsets");
        }
    }

    private void awaitShares(List<GroupMember> members, List<Integer> shares) {
        Check.eventually(DEADLINE, "shares of the members " + shares, () -> {
            Set<TopicPartition> all = new HashSet<>();
            List<Integer> actual = new ArrayList<>();
            for (GroupMember member : members) {
                Set<TopicPartition> owned = member.owned();
                all.addAll(owned);
                actual.add(owned.size());
            }
            if (!actual.equals(shares) || all.size() != PARTITIONS) {
                throw new AssertionError("shares are " + actual);
            }
            return true;
        });
    }

    private static void awaitProgress(Map<TopicPartition, Map<Long, AtomicInteger>> seen, int more) {
        long target = count(seen) + more;
        Check.eventually(DEADLINE, more + " more records are read", () -> count(seen) >= target);
    }

    private static long count(Map<TopicPartition, Map<Long, AtomicInteger>> seen) {
        return seen.values().stream().mapToLong(Map::size).sum();
    }

    private void staticMember() throws Exception {
        String topic = client.createTopic("static", PARTITIONS, Map.of());
        String groupId = ScenarioClient.unique("static");
        Map<TopicPartition, Map<Long, AtomicInteger>> seen = new ConcurrentHashMap<>();
        List<GroupMember> members = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                members.add(new GroupMember(client.consumer(staticConfig(groupId, i)), topic, seen));
            }
            awaitShares(members, List.of(2, 2, 2));
            Set<TopicPartition> before = members.get(2).owned();
            int generation = members.get(0).generation();
            int assignments = members.get(0).assignments();

            members.remove(2).close();
            members.add(new GroupMember(client.consumer(staticConfig(groupId, 2)), topic, seen));
            awaitShares(members, List.of(2, 2, 2));

            Check.equal(before, members.get(2).owned(), "partitions of the member that came back");
            Check.equal(generation, members.get(0).generation(), "generation of the others");
            Check.equal(generation, members.get(2).generation(), "generation of the member that came back");
            Check.equal(assignments, members.get(0).assignments(), "assignments of the others");
        } finally {
            closeAll(members);
        }
    }

    private Map<String, Object> staticConfig(String groupId, int i) {
        Map<String, Object> config = new HashMap<>(config(groupId, "RangeAssignor"));
        config.put("group.instance.id", "instance-" + i);
        return config;
    }

    /// Produces to all partitions in turn, about 2,000 records a second, until it is told to finish.
    private final class Load implements AutoCloseable {
        private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean stopping;

        Load(String topic) {
            thread = new Thread(() -> run(topic), "load");
            thread.start();
        }

        /// Stops and says the end offset of every partition.
        Map<TopicPartition, Long> finish() throws Exception {
            stopping = true;
            thread.join(30_000);
            Exception failed = failure.get();
            if (failed != null) {
                throw failed;
            }
            Check.that(!thread.isAlive(), "the load ended in time");
            return Map.copyOf(ends);
        }

        @Override
        public void close() {
            stopping = true;
        }

        private void run(String topic) {
            try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of("linger.ms", "2"))) {
                for (int number = 0; !stopping; number++) {
                    List<Future<RecordMetadata>> sent = new ArrayList<>();
                    for (int partition = 0; partition < PARTITIONS; partition++) {
                        for (int i = 0; i < 4; i++) {
                            sent.add(producer.send(
                                    new ProducerRecord<>(topic, partition, null, Payload.of(number, 64))));
                        }
                    }
                    for (Future<RecordMetadata> one : sent) {
                        RecordMetadata metadata = Check.get(one);
                        TopicPartition partition = new TopicPartition(topic, metadata.partition());
                        ends.merge(partition, metadata.offset() + 1, Math::max);
                    }
                    Thread.sleep(10);
                }
            } catch (Exception e) {
                failure.set(e);
            }
        }
    }
}
