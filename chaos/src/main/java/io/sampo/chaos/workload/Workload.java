package io.sampo.chaos.workload;

import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.CommittedSeen;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.TopicCreated;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.Rig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicExistsException;

/// All clients of one run: idempotent producers, a group whose members come and go, a probe of each node's
/// metadata;
/// and, when they have ended, the reading of everything that is there.
///
/// Thread rule: the run's thread.
public final class Workload implements AutoCloseable {
    public static final String TOPIC = "chaos";
    private static final String GROUP = "chaos-group";
    private static final String GROUP_OFFSETS = "__consumer_offsets";
    private static final Duration READ_LIMIT = Duration.ofSeconds(60);
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(15);

    private final Rig rig;
    private final Clients clients;
    private final HistoryFile history;
    private final Shape shape;
    private final List<SendingProducer> producers = new ArrayList<>();
    private final List<GroupMember> members = new ArrayList<>();
    private final MetadataProbe probe;
    private int producersMade;

    /// How much of everything.
    ///
    /// @param perSecond records a second, of all producers together
    public record Shape(int partitions, int replicas, int producers, int perSecond, int members) {}

    public Workload(Rig rig, HistoryFile history, Shape shape) {
        this.rig = rig;
        this.clients = new Clients(rig.bootstrap());
        this.history = history;
        this.shape = shape;
        this.probe = new MetadataProbe(TOPIC, rig.nodes(), history);
    }

    /// Creates the topic and starts the clients.
    public void start() throws IOException {
        createTopic();
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < shape.partitions(); i++) {
            places.add(new Place(TOPIC, i));
        }
        for (int i = 0; i < shape.producers(); i++) {
            producers.add(new SendingProducer(
                    "producer-" + producersMade++,
                    clients,
                    places,
                    history,
                    Math.max(1, shape.perSecond() / shape.producers())));
        }
        for (int i = 0; i < shape.members(); i++) {
            members.add(new GroupMember("member-" + i, GROUP, clients, TOPIC, history, 25_000 + 10_000L * i));
        }
        probe.start();
    }

    private void createTopic() throws IOException {
        NewTopic topic = new NewTopic(TOPIC, shape.partitions(), (short) shape.replicas())
                .configs(Map.of("segment.bytes", "1048576", "segment.ms", "10000"));
        long invokedUs = history.nowUs();
        try (Admin admin = clients.admin()) {
            admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException failed) {
            // The client repeats what was answered too late: the topic is there.
            if (!(failed.getCause() instanceof TopicExistsException)) {
                throw new IOException("the topic could not be created: " + failed.getCause(), failed);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
        history.add(new TopicCreated(invokedUs, history.nowUs(), "admin", TOPIC, Outcome.OK));
    }

    public long acknowledged() {
        return producers.stream().mapToLong(SendingProducer::acknowledged).sum();
    }

    /// Waits until so many more records are acknowledged.
    ///
    /// @throws IOException when they are not within the limit
    public void awaitMore(long records, Duration limit) throws IOException {
        long target = acknowledged() + records;
        long deadline = System.nanoTime() + limit.toNanos();
        while (acknowledged() < target) {
            if (System.nanoTime() > deadline) {
                throw new IOException("not " + records + " more records acknowledged within " + limit);
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(20);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /// The nodes that lead a partition each; without those that nobody leads, empty when nobody answers.
    public List<Integer> leaders() {
        return describe().stream()
                .filter(each -> each.leader() != null)
                .map(each -> each.leader().id())
                .toList();
    }

    /// Whether all replicas of all partitions are in sync, those of the groups' offsets too, as a client is told.
    public boolean inSync() {
        List<TopicPartitionInfo> all = describe();
        return all.size() == shape.partitions()
                && all.stream().allMatch(each -> each.isr().size() == shape.replicas())
                && (shape.members() == 0
                        || describe(GROUP_OFFSETS).stream()
                                .allMatch(each ->
                                        each.isr().size() == each.replicas().size()));
    }

    /// Takes the replicas of a node that are not in sync away from it, and gives them back, empty.
    public void renewReplicas(int nodeId) throws IOException {
        long deadline = System.nanoTime() + SYNC_LIMIT.toNanos();
        List<TopicPartitionInfo> lost = notInSync(nodeId);
        while (!lost.isEmpty() && System.nanoTime() < deadline) {
            pause();
            lost = notInSync(nodeId);
        }
        Map<TopicPartition, Optional<NewPartitionReassignment>> away = new HashMap<>();
        Map<TopicPartition, Optional<NewPartitionReassignment>> back = new HashMap<>();
        for (TopicPartitionInfo partition : lost) {
            TopicPartition id = new TopicPartition(TOPIC, partition.partition());
            List<Integer> replicas = partition.replicas().stream()
                    .map(org.apache.kafka.common.Node::id)
                    .toList();
            List<Integer> others =
                    replicas.stream().filter(each -> each != nodeId).toList();
            away.put(id, Optional.of(new NewPartitionReassignment(others)));
            back.put(id, Optional.of(new NewPartitionReassignment(replicas)));
        }
        reassign(away);
        reassign(back);
    }

    private List<TopicPartitionInfo> notInSync(int nodeId) {
        return describe().stream()
                .filter(each -> each.replicas().stream().anyMatch(replica -> replica.id() == nodeId)
                        && each.isr().stream().noneMatch(replica -> replica.id() == nodeId))
                .toList();
    }

    private void reassign(Map<TopicPartition, Optional<NewPartitionReassignment>> wanted) throws IOException {
        if (wanted.isEmpty()) {
            return;
        }
        try (Admin admin = clients.admin()) {
            admin.alterPartitionReassignments(wanted).all().get();
            long deadline = System.nanoTime() + READ_LIMIT.toNanos();
            while (!admin.listPartitionReassignments(wanted.keySet())
                    .reassignments()
                    .get()
                    .isEmpty()) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("replicas are still on their way after " + READ_LIMIT);
                }
                pause();
            }
        } catch (ExecutionException failed) {
            throw new IOException("replicas could not be moved: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private List<TopicPartitionInfo> describe() {
        return describe(TOPIC);
    }

    private List<TopicPartitionInfo> describe(String topic) {
        try (Admin admin = clients.impatientAdmin()) {
            return admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .getOrDefault(topic, noTopic())
                    .partitions();
        } catch (ExecutionException _) {
            return List.of();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private static org.apache.kafka.clients.admin.TopicDescription noTopic() {
        return new org.apache.kafka.clients.admin.TopicDescription(TOPIC, false, List.of());
    }

    @Override
    public void close() throws IOException {
        end();
    }

    /// Ends the clients; producers first, so that members can read the rest.
    public void end() throws IOException {
        try {
            for (SendingProducer producer : producers) {
                producer.end();
            }
            for (GroupMember member : members) {
                member.end();
            }
            probe.end();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /// Asks everybody for everything, when the clients have ended and all nodes serve.
    public void lookAtTheEnd() throws IOException {
        for (Node node : rig.nodes()) {
            probe.look(node);
        }
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < shape.partitions(); i++) {
            partitions.add(new TopicPartition(TOPIC, i));
        }
        FinalReads reads = new FinalReads(clients, partitions, history);
        reads.read("leader", "no-rack", READ_LIMIT);
        if (shape.replicas() > 1) {
            for (Node node : rig.nodes()) {
                reads.read("reader-" + Rig.rack(node.id()), Rig.rack(node.id()), READ_LIMIT);
            }
        }
        seeCommitted();
    }

    private void seeCommitted() throws IOException {
        if (shape.members() == 0) {
            return;
        }
        long invokedUs = history.nowUs();
        try (Admin admin = clients.admin()) {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get();
            long completedUs = history.nowUs();
            committed.forEach((partition, offset) -> history.add(new CommittedSeen(
                    invokedUs,
                    completedUs,
                    "admin",
                    GROUP,
                    GroupMember.place(partition),
                    offset == null ? -1 : offset.offset())));
        } catch (ExecutionException failed) {
            throw new IOException("the group's offsets could not be read: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /// Writes down what lies on the disks, when all nodes have ended.
    public void dumpDisks() throws IOException {
        for (Node node : rig.nodes()) {
            for (int i = 0; i < shape.partitions(); i++) {
                Place place = new Place(TOPIC, i);
                Path directory = node.data().resolve(place.toString());
                boolean there = Files.isDirectory(directory);
                // With as many nodes as replicas each has to hold all; else who holds what is not known here.
                if (there || shape.replicas() == rig.nodes().size()) {
                    long nowUs = history.nowUs();
                    history.add(
                            new Dump(nowUs, nowUs, node.name(), place, there ? SegmentDump.of(directory) : List.of()));
                }
            }
        }
    }
}
