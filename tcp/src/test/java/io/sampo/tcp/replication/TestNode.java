package io.sampo.tcp.replication;

import com.typesafe.config.ConfigFactory;
import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaTransport.ConnectionListener;
import io.sampo.core.partition.ReplicaTransport.Receiver;
import io.sampo.tcp.loop.LoopConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.pekko.actor.ActorSystem;

/// A node with nothing but its replication connections.
final class TestNode implements AutoCloseable {
    static final String CLUSTER = "a-cluster";
    private static final int LOOPS = 2;
    static final PartitionId PARTITION = new PartitionId(new Uuid(7, 7), 3);

    final int nodeId;
    final Queue<ReplicaEnvelope> received = new ConcurrentLinkedQueue<>();

    /// `connected 2`, `lost 2`, `refused 2`.
    final Queue<String> events = new ConcurrentLinkedQueue<>();

    final ReplicationConnections connections;
    final ReplicationServer server;
    private final ActorSystem system;
    private volatile Receiver handler;

    TestNode(int nodeId) throws IOException {
        this(nodeId, 0, ReplicationSocketSettings.DEFAULTS);
    }

    TestNode(int nodeId, int port, ReplicationSocketSettings settings) throws IOException {
        this.nodeId = nodeId;
        this.handler = received::add;
        this.system = ActorSystem.create(
                "node-" + nodeId,
                ConfigFactory.load(ConfigFactory.parseString("pekko.loglevel = WARNING\n" + LoopConfig.render(LOOPS))));
        this.connections =
                new ReplicationConnections(system, identity(nodeId), new Received(), new Listened(), settings);
        this.server = ReplicationServer.start(system, "127.0.0.1", port, connections);
    }

    static ReplicationIdentity identity(int nodeId) {
        return new ReplicationIdentity(CLUSTER, nodeId, directoryOf(nodeId));
    }

    private static Uuid directoryOf(int nodeId) {
        return new Uuid(1, nodeId);
    }

    void handle(Receiver with) {
        handler = with;
    }

    void knows(TestNode... others) {
        knows(List.of(others).stream()
                .collect(java.util.stream.Collectors.toMap(other -> other.nodeId, other -> other.server.address())));
    }

    void knows(Map<Integer, InetSocketAddress> addresses) {
        connections.nodesChanged(addresses);
    }

    ReplicaEnvelope to(int other, ReplicaMessage message) {
        return between(nodeId, other, message);
    }

    static ReplicaEnvelope between(int from, int to, ReplicaMessage message) {
        return new ReplicaEnvelope(
                PARTITION, new ReplicaId(from, directoryOf(from)), 1, new ReplicaId(to, directoryOf(to)), message);
    }

    /// @param number to tell it from others
    static Fetch fetch(long number) {
        return new Fetch(1, new LogKey(1, number), number, 0, 0, false, 1_000_000, 500);
    }

    static FetchReply reply(long number, BatchAppended... batches) {
        return new FetchReply(1, new LogKey(1, number), List.of(), List.of(batches), number, 0, number, null, null, -1);
    }

    /// Of a little more than `valueBytes`.
    static BatchAppended batch(long offset, int valueBytes) {
        byte[] value = new byte[valueBytes];
        new Random(offset).nextBytes(value);
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1_000, value));
        MutableRecordBatch batch = records.batches().iterator().next();
        batch.setLastOffset(offset);
        batch.setPartitionLeaderEpoch(1);
        return new BatchAppended(BatchHeader.of(batch), records);
    }

    static long numberOf(ReplicaEnvelope envelope) {
        return switch (envelope.message()) {
            case Fetch fetch -> fetch.durableOffset();
            case FetchReply reply -> reply.highWatermark();
            default -> throw new IllegalArgumentException(String.valueOf(envelope));
        };
    }

    List<Long> numbersReceived() {
        return received.stream().map(TestNode::numberOf).toList();
    }

    ActorSystem system() {
        return system;
    }

    /// Until it is closed no event loop of this node does anything, so what is sent waits.
    HeldLoops holdLoops() {
        CountDownLatch released = new CountDownLatch(1);
        for (int loop = 0; loop < LOOPS; loop++) {
            system.dispatchers().lookup(LoopConfig.dispatcherId(loop)).execute(() -> {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        return released::countDown;
    }

    interface HeldLoops extends AutoCloseable {
        @Override
        void close();
    }

    @Override
    public void close() {
        server.close();
        connections.close();
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private final class Received implements Receiver {
        @Override
        public void received(ReplicaEnvelope envelope) {
            throw new AssertionError("the other one is called");
        }

        @Override
        public void received(ReplicaEnvelope envelope, Runnable consumed) {
            handler.received(envelope, consumed);
        }
    }

    private final class Listened implements ConnectionListener {
        @Override
        public void connected(int other) {
            events.add("connected " + other);
        }

        @Override
        public void lost(int other) {
            events.add("lost " + other);
        }

        @Override
        public void refused(int other) {
            events.add("refused " + other);
        }
    }
}
