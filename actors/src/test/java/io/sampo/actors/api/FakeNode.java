package io.sampo.actors.api;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.OtherVoters;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/// A node in memory for handler tests: topics, leaders with a log of one-record batches, and deadlines that a test
/// lets pass.
final class FakeNode implements LeaderDirectory, PartitionLogs, Deadlines {
    static final int SELF = 1;

    MetadataImage image = MetadataImage.EMPTY;
    long nowMs = 1_700_000_000_000L;
    final Map<PartitionId, Leader> leaders = new HashMap<>();
    final Map<PartitionId, Follower> followers = new HashMap<>();
    final Map<PartitionId, Leadership> elsewhere = new HashMap<>();
    final Map<PartitionId, String> offline = new HashMap<>();
    private final Map<PartitionId, List<Runnable>> unknown = new HashMap<>();
    final List<Deadline> deadlines = new ArrayList<>();

    final LocalPartitions partitions = new LocalPartitions(() -> image, this, this);

    static final class Deadline {
        final Runnable task;
        boolean cancelled;

        Deadline(Runnable task) {
            this.task = task;
        }
    }

    private static NodeImage reachable(int nodeId) {
        return new NodeImage(
                nodeId, Uuid.randomUuid(), Uuid.randomUuid(), null, List.of(new Endpoint("PLAINTEXT", "b", nodeId)));
    }

    /// A topic whose partitions are all led here.
    TopicImage topic(String name, int partitionCount) {
        List<PartitionAssignment> assignments = new ArrayList<>();
        for (int i = 0; i < partitionCount; i++) {
            assignments.add(new PartitionAssignment(List.of(SELF)));
        }
        TopicImage topic = new TopicImage(name, Uuid.randomUuid(), assignments, new TreeMap<>());
        TreeMap<String, TopicImage> topics = new TreeMap<>(image.topics());
        Map<Uuid, TopicImage> byId = new HashMap<>(image.topicsById());
        topics.put(name, topic);
        byId.put(topic.id(), topic);
        TreeMap<Integer, NodeImage> nodes = new TreeMap<>();
        nodes.put(2, reachable(2));
        image = new MetadataImage(image.offset() + 1, "c", topics, byId, nodes, new TreeMap<>(), 0, new TreeMap<>());
        for (int i = 0; i < partitionCount; i++) {
            leaders.put(topic.partitionId(i), new Leader(topic.partitionId(i), name, 5));
        }
        return topic;
    }

    void rack(int nodeId, String rack) {
        TreeMap<Integer, NodeImage> nodes = new TreeMap<>(image.nodes());
        NodeImage was = nodes.getOrDefault(nodeId, reachable(nodeId));
        nodes.put(nodeId, new NodeImage(nodeId, was.nodeUuid(), was.directoryId(), rack, was.endpoints()));
        image = new MetadataImage(
                image.offset() + 1,
                image.clusterId(),
                image.topics(),
                image.topicsById(),
                nodes,
                image.brokerConfigs(),
                0,
                image.scramCredentials());
    }

    Leader leader(TopicImage topic, int partition) {
        return Objects.requireNonNull(leaders.get(topic.partitionId(partition)));
    }

    /// The partition is not led here any more; that node 2 leads it is known when [#becomesKnown] says so.
    void moveAwayUnheard(TopicImage topic, int partition) {
        unknown.computeIfAbsent(topic.partitionId(partition), _ -> new ArrayList<>());
        Objects.requireNonNull(leaders.remove(topic.partitionId(partition))).wake();
    }

    void becomesKnown(TopicImage topic, int partition) {
        PartitionId id = topic.partitionId(partition);
        elsewhere.put(id, new Leadership(2, 6, List.of(2), List.of()));
        Objects.requireNonNull(unknown.remove(id)).forEach(Runnable::run);
    }

    @Override
    public void whenLeaderKnown(PartitionId id, Runnable task) {
        List<Runnable> waiting = unknown.get(id);
        if (waiting == null) {
            task.run();
        } else {
            waiting.add(task);
        }
    }

    /// The partition is led by node 2 from now on.
    void moveAway(TopicImage topic, int partition) {
        PartitionId id = topic.partitionId(partition);
        Leader was = Objects.requireNonNull(leaders.remove(id));
        elsewhere.put(id, new Leadership(2, 6, List.of(2), List.of()));
        was.wake();
    }

    void passDeadlines() {
        for (Deadline deadline : List.copyOf(deadlines)) {
            if (!deadline.cancelled) {
                deadline.task.run();
            }
        }
    }

    int waiterCount() {
        return leaders.values().stream()
                .mapToInt(leader -> leader.waiters.size())
                .sum();
    }

    @Override
    public Runnable after(long delayMs, Runnable task) {
        Deadline deadline = new Deadline(task);
        deadlines.add(deadline);
        return () -> deadline.cancelled = true;
    }

    @Override
    public Optional<LeaderHandle> local(PartitionId id) {
        return Optional.ofNullable(leaders.get(id));
    }

    /// The replica of this node follows node 2 from now on, and knows what it has to be committed up to
    /// `highWatermark`.
    Follower follow(TopicImage topic, int partition, long highWatermark) {
        Leader was = leader(topic, partition);
        moveAway(topic, partition);
        Follower follower = new Follower(was, highWatermark);
        followers.put(was.id, follower);
        return follower;
    }

    @Override
    public Optional<ReadHandle> follower(PartitionId id) {
        return Optional.ofNullable(followers.get(id));
    }

    @Override
    public Optional<Leadership> leadership(PartitionId id) {
        return Optional.ofNullable(elsewhere.get(id));
    }

    @Override
    public void subscribe(String topic, LeadershipListener listener) {
        throw new AssertionError("handlers of requests do not follow leaders");
    }

    @Override
    public void register(PartitionId id, String topic, LogSettings settings) {
        throw new AssertionError(
                "handlers of requests register no partitions: the node does when the metadata says so");
    }

    @Override
    public Optional<PartitionLog> find(PartitionId id) {
        return Optional.ofNullable(leaders.get(id)).map(Leader::log);
    }

    @Override
    public Optional<String> offlineReason(PartitionId id) {
        return Optional.ofNullable(offline.get(id));
    }

    @Override
    public void delete(PartitionId id) {
        throw new AssertionError("handlers of requests delete no partitions: the node does when the metadata says so");
    }

    @Override
    public List<PartitionId> onDisk() {
        return leaders.keySet().stream().sorted().toList();
    }

    @Override
    public ReplicaId self() {
        return new ReplicaId(SELF, Uuid.ONE_UUID);
    }

    @Override
    public String directory() {
        return "/data";
    }

    @Override
    public DiskSpace diskSpace() {
        return new DiskSpace(1000, 400);
    }

    /// Reads the log of what once was a leader.
    static final class Follower implements ReadHandle {
        final Leader log;
        long highWatermark;

        Follower(Leader log, long highWatermark) {
            this.log = log;
            this.highWatermark = highWatermark;
        }

        void advance(long newHighWatermark) {
            highWatermark = newHighWatermark;
            log.wake();
        }

        @Override
        public PartitionId id() {
            return log.id;
        }

        @Override
        public ReadView view() {
            return new ReadView(6, 0, highWatermark, highWatermark, log.batches.size());
        }

        @Override
        public PartitionLog log() {
            return log;
        }

        @Override
        public void onNextAdvance(Runnable waiter) {
            log.onNextAdvance(waiter);
        }

        @Override
        public void removeWaiter(Runnable waiter) {
            log.removeWaiter(waiter);
        }
    }

    /// Leader and log in one: batches of one record each, offset = index.
    static final class Leader implements LeaderHandle, PartitionLog {
        final PartitionId id;
        final String topic;
        final List<MemoryRecords> batches = new ArrayList<>();
        final Set<Runnable> waiters = new LinkedHashSet<>();
        final Deque<Append> appends = new ArrayDeque<>();
        ReadView view;
        boolean broken;
        /// Runs once inside the next registration: what happens between reading and waiting.
        @Nullable
        Runnable onRegister;

        List<Long> deletions = new ArrayList<>();
        int deletionTimeoutMs;
        List<ReplicaStatus> replicas = List.of();
        final OtherVoters otherVoters = new OtherVoters();
        int reads;

        Leader(PartitionId id, String topic, int leaderEpoch) {
            this.id = id;
            this.topic = topic;
            this.view = new ReadView(leaderEpoch, 0, 0, 0, 0);
        }

        void write(String value) {
            MemoryRecords batch = MemoryRecords.withRecords(
                    batches.size(),
                    Compression.NONE,
                    view.leaderEpoch(),
                    new SimpleRecord(value.getBytes(StandardCharsets.UTF_8)));
            batches.add(batch);
            long end = batches.size();
            view = new ReadView(view.leaderEpoch(), view.logStartOffset(), end, end, end);
            wake();
        }

        void wake() {
            List<Runnable> woken = List.copyOf(waiters);
            waiters.clear();
            woken.forEach(Runnable::run);
        }

        @Override
        public PartitionId id() {
            return id;
        }

        @Override
        public int leaderEpoch() {
            return view.leaderEpoch();
        }

        @Override
        public ReadView view() {
            return view;
        }

        @Override
        public PartitionLog log() {
            return this;
        }

        @Override
        public void append(Append append) {
            appends.add(append);
        }

        @Override
        public List<ReplicaStatus> replicasAsLastKnown() {
            return replicas;
        }

        @Override
        public boolean leadsAlone() {
            return !otherVoters.arePresent();
        }

        @Override
        public void barrier(BarrierListener listener) {
            otherVoters.ask(listener);
        }

        @Override
        public void deleteRecords(long beforeOffset, int timeoutMs, DeleteRecordsListener listener) {
            deletions.add(beforeOffset);
            deletionTimeoutMs = timeoutMs;
            if (beforeOffset > view.highWatermark()) {
                listener.completed(Errors.OFFSET_OUT_OF_RANGE, -1);
            } else {
                listener.completed(Errors.NONE, beforeOffset < 0 ? view.highWatermark() : beforeOffset);
            }
        }

        @Override
        public void onNextAdvance(Runnable waiter) {
            waiters.add(waiter);
            Runnable once = onRegister;
            onRegister = null;
            if (once != null) {
                once.run();
            }
        }

        @Override
        public void removeWaiter(Runnable waiter) {
            waiters.remove(waiter);
        }

        @Override
        public String topic() {
            return topic;
        }

        @Override
        public long logStartOffset() {
            return view.logStartOffset();
        }

        @Override
        public long logEndOffset() {
            return batches.size();
        }

        @Override
        public long durableEndOffset() {
            return batches.size();
        }

        @Override
        public long sizeInBytes() {
            return batches.stream().mapToLong(MemoryRecords::sizeInBytes).sum();
        }

        @Override
        public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
            reads++;
            if (broken) {
                throw new PartitionLogException("broken");
            }
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            for (long offset = startOffset; offset < upperOffset; offset++) {
                MemoryRecords batch = batches.get((int) offset);
                boolean mustTake = atLeastOneBatch && buffer.position() == 0;
                if (!mustTake && buffer.position() + batch.sizeInBytes() > maxBytes) {
                    break;
                }
                buffer.put(batch.buffer());
            }
            return new Slice(MemoryRecords.readableRecords(buffer.flip()), startOffset);
        }

        @Override
        public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
            return timestampMs < upperOffset
                    ? Optional.of(new TimestampedOffset(timestampMs, timestampMs, view.leaderEpoch()))
                    : Optional.empty();
        }

        @Override
        public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
            return Optional.empty();
        }

        @Override
        public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
            throw new AssertionError("handlers of requests walk through no log");
        }

        @Override
        public List<EpochStart> epochStarts() {
            return List.of(new EpochStart(view.leaderEpoch(), 0));
        }

        @Override
        public void updateSettings(LogSettings settings) {}
    }
}
