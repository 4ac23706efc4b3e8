package io.sampo.core.simulation;

import io.sampo.core.partition.AppendOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;

/// A producer with the rules of Kafka's: several batches in flight, the same batch again after an error or a
/// silence, sequence numbers without gaps. With acks 0 or 1 it is a plain one that tries once.
final class Producer {

    /// @param baseSequence -1 without idempotence
    static final class Batch {
        final int baseSequence;
        final int recordCount;
        final ByteBuffer bytes;
        final long createdUs;
        final int index;
        int attempt;

        /// All before it had been acknowledged when it was sent.
        boolean sentAsOldest;

        /// An attempt failed: sent again when it is the oldest in flight.
        boolean failed;

        Batch(int baseSequence, int recordCount, ByteBuffer bytes, long createdUs, int index) {
            this.baseSequence = baseSequence;
            this.recordCount = recordCount;
            this.bytes = bytes;
            this.createdUs = createdUs;
            this.index = index;
        }
    }

    private static final long MAX_WAIT_US = 8_000_000;

    private final World world;
    private final Chance chance;
    private final int number;
    private final short acks;
    private final ArrayDeque<Batch> inFlight = new ArrayDeque<>();
    private long producerId;
    private int nextSequence;
    private int sent;
    private int batches;
    private Connection connection;

    /// Creation time of the newest batch that was acknowledged.
    long acknowledgedCreatedUs = -1;

    long acknowledged;

    /// @param acks 0, 1 or -1
    Producer(World world, int number, short acks) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "producer-" + number);
        this.number = number;
        this.acks = acks;
        this.producerId = number;
        this.connection = new Connection(world, 1);
    }

    void start() {
        long meanUs = world.scenario.meanSendUs();
        long waitUs = chance.exponential(world.healed ? Math.min(meanUs, 200_000) : meanUs);
        // Service is judged by producers that send now and then.
        world.agenda.after(Math.min(waitUs, MAX_WAIT_US), () -> {
            if (!world.clients.stopped) {
                sendNext();
                start();
            }
        });
    }

    boolean isIdempotent() {
        return acks == -1;
    }

    boolean isDone() {
        return inFlight.isEmpty();
    }

    /// A new producer id: nobody asks any more what became of the batches in flight.
    void restart() {
        inFlight.clear();
        producerId += 100;
        nextSequence = 0;
    }

    /// A new producer that has much to say to a node before that serves as leader (KAFKA-15591).
    void restartAt(SimulatedNode node, long withinUs) {
        restart();
        connection = new Connection(world, node.nodeId);
        for (int i = 0; i < world.scenario.sendsAtOnce(); i++) {
            world.agenda.after(chance.between(1, withinUs), () -> {
                if (!world.clients.stopped) {
                    sendNext();
                }
            });
        }
    }

    private void sendNext() {
        Batch oldest = inFlight.peekFirst();
        if ((oldest != null && batches - oldest.index >= world.scenario.sendsAtOnce())
                || inFlight.stream().anyMatch(batch -> batch.failed)) {
            return;
        }
        if (acks == 0 && chance.oneIn(5)) {
            refresh();
        }
        int recordCount = 1 + chance.below(3);
        Batch batch = new Batch(
                isIdempotent() ? nextSequence : RecordBatch.NO_SEQUENCE,
                recordCount,
                build(recordCount),
                world.agenda.nowUs(),
                batches++);
        nextSequence += recordCount;
        if (isIdempotent()) {
            inFlight.addLast(batch);
        }
        transmit(batch);
    }

    private ByteBuffer build(int recordCount) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(160),
                RecordBatch.MAGIC_VALUE_V2,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                0,
                1_000,
                isIdempotent() ? producerId : RecordBatch.NO_PRODUCER_ID,
                isIdempotent() ? 0 : RecordBatch.NO_PRODUCER_EPOCH,
                isIdempotent() ? nextSequence : RecordBatch.NO_SEQUENCE,
                false,
                false,
                RecordBatch.NO_PARTITION_LEADER_EPOCH);
        for (int i = 0; i < recordCount; i++) {
            builder.append(1_000, null, ("p" + number + "-" + sent++).getBytes(StandardCharsets.UTF_8));
        }
        return builder.build().buffer();
    }

    // ---- attempts --------------------------------------------------------------------------------------------

    private void transmit(Batch batch) {
        int attempt = ++batch.attempt;
        batch.failed = false;
        batch.sentAsOldest = inFlight.peekFirst() == batch;
        Connection used = connection;
        used.toNode(() -> arrive(batch, attempt, used));
        if (isIdempotent()) {
            world.agenda.after(chance.between(1_000_000, 4_000_000), () -> {
                if (isCurrent(batch, attempt)) {
                    disconnect();
                }
            });
        }
    }

    /// Nobody answers: everything in flight has failed.
    private void disconnect() {
        for (Batch batch : inFlight) {
            batch.attempt++;
            batch.failed = true;
        }
        refresh();
        retryOldest();
    }

    /// Once something failed, batches go again one by one, oldest first.
    private void retryOldest() {
        Batch oldest = inFlight.peekFirst();
        if (oldest != null && oldest.failed) {
            transmit(oldest);
        }
    }

    private void arrive(Batch batch, int attempt, Connection used) {
        ByteBuffer copy = ByteBuffer.allocate(batch.bytes.remaining());
        copy.put(batch.bytes.duplicate()).flip();
        ClientAppend append = new ClientAppend(this, batch, attempt, MemoryRecords.readableRecords(copy), acks, used);
        SimulatedNode node = world.node(used.nodeId);
        ReplicaShell shell = node.shell;
        if (shell == null) {
            answer(append, AppendOutcome.failed(Errors.NETWORK_EXCEPTION, "connection refused"));
        } else {
            node.runIn(shell, () -> shell.request(append));
        }
    }

    void answer(ClientAppend append, AppendOutcome outcome) {
        if (acks != 0) {
            append.connection().toClient(() -> answered(append.batch(), append.attempt(), outcome));
        }
    }

    private boolean isCurrent(Batch batch, int attempt) {
        return batch.attempt == attempt && inFlight.contains(batch);
    }

    private void answered(Batch batch, int attempt, AppendOutcome outcome) {
        if (!isIdempotent() && outcome.error() != Errors.NONE) {
            refresh();
        }
        if (!isCurrent(batch, attempt)) {
            return;
        }
        boolean isOldest = inFlight.peekFirst() == batch;
        if (outcome.error() == Errors.NONE) {
            acknowledged++;
            acknowledgedCreatedUs = Math.max(acknowledgedCreatedUs, batch.createdUs);
            world.judges.acknowledged(producerId, batch, outcome);
            inFlight.remove(batch);
            retryOldest();
            return;
        }
        if (world.disaster.startedEpoch() >= 0 && outcome.error() == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER) {
            // What it wrote before is lost: as Kafka's producer it begins anew.
            restart();
            return;
        }
        Violation.check(
                !batch.sentAsOldest || outcome.error() != Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "producers never get stuck",
                "producer %d: sequence %d is out of order, and all before it was acknowledged: %s",
                producerId,
                batch.baseSequence,
                outcome.message());
        batch.attempt++;
        batch.failed = true;
        if (isOldest) {
            int waiting = batch.attempt;
            world.agenda.after(chance.between(20_000, 150_000), () -> {
                if (isCurrent(batch, waiting)) {
                    if (outcome.error() != Errors.NOT_ENOUGH_REPLICAS) {
                        refresh();
                    }
                    retryOldest();
                }
            });
        }
    }

    /// Asks for metadata, which now and then is old. The node that is named gets a new connection unless it has
    /// one.
    private void refresh() {
        ReplicaShell leader = world.leader();
        int nodeId = leader == null || chance.oneIn(8) ? chance.of(world.nodes).nodeId : leader.node.nodeId;
        connection = new Connection(world, nodeId);
    }
}
