package io.sampo.actors.partition;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReplicaEffect.SendTail;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Sends parts of one replica's log to other replicas: from the log, and what the replica is just persisting from
/// memory,
/// so that a follower writes while the leader does.
///
/// Thread rule: the replica's driver only.
final class TailSender {
    private final PartitionId id;
    private final ReplicaHost host;
    private @Nullable ReplicaDriver driver;

    /// Of the newest persist, oldest first. Their buffers are the client's and go back to it when it is answered:
    /// what
    /// is sent is a copy, made once for all followers.
    private List<BatchAppended> underWay = List.of();

    private @Nullable BatchAppended[] copies = {};

    TailSender(PartitionId id, ReplicaHost host) {
        this.id = id;
        this.host = host;
    }

    void drivenBy(ReplicaDriver newDriver) {
        driver = newDriver;
    }

    /// These are about to be written.
    void persisting(List<ReplicaEvent> events) {
        underWay = List.of();
        for (ReplicaEvent event : events) {
            if (event instanceof BatchAppended batch) {
                if (underWay.isEmpty()) {
                    underWay = new ArrayList<>(events.size());
                }
                underWay.add(batch);
            }
        }
        copies = new BatchAppended[underWay.size()];
    }

    /// They are in the log, and their buffers may be used for something else.
    void persisted() {
        underWay = List.of();
        copies = new BatchAppended[0];
    }

    /// Waits when too much waits for that node already: to read now would only fill the memory.
    void send(SendTail tail) {
        int nodeId = tail.envelope().to().nodeId();
        if (host.transport().hasRoom(nodeId)) {
            TailMessage message = (TailMessage) tail.envelope().message();
            host.transport().send(tail.envelope().with(message.withBatches(read(tail))));
        } else {
            ReplicaDriver own = Invariant.present(driver, "driver");
            host.transport().whenRoom(nodeId, () -> own.run(() -> send(tail)));
        }
    }

    /// Whole batches: as many as fit, but at least one.
    private List<BatchAppended> read(SendTail tail) {
        long firstUnderWay = underWay.isEmpty()
                ? Long.MAX_VALUE
                : underWay.getFirst().header().baseOffset();
        List<BatchAppended> batches = List.of();
        long next = tail.fromOffset();
        if (next < firstUnderWay) {
            PartitionLog log =
                    host.logs().find(id).orElseThrow(() -> new IllegalStateException("no log of a replica: " + id));
            long end = Math.min(tail.upToOffset(), Math.min(log.logEndOffset(), firstUnderWay));
            batches = next < end ? log.readBatches(next, end, tail.maxBytes()) : List.of();
            boolean isWhole = batches.isEmpty() || batches.getLast().header().nextOffset() >= end;
            if (!isWhole || tail.upToOffset() <= firstUnderWay) {
                return batches;
            }
        }
        List<BatchAppended> all = new ArrayList<>(batches);
        long bytes = 0;
        for (BatchAppended batch : batches) {
            bytes += batch.header().sizeInBytes();
        }
        for (int i = 0; i < underWay.size(); i++) {
            BatchHeader header = underWay.get(i).header();
            if (header.nextOffset() <= tail.fromOffset()) {
                continue;
            }
            bytes += header.sizeInBytes();
            if (header.baseOffset() >= tail.upToOffset() || (!all.isEmpty() && bytes > tail.maxBytes())) {
                break;
            }
            all.add(copyOf(i));
        }
        return all;
    }

    private BatchAppended copyOf(int index) {
        BatchAppended copy = copies[index];
        if (copy == null) {
            BatchAppended original = underWay.get(index);
            MemoryRecords records = Invariant.present(original.bytes(), "bytes of a batch that is being written");
            ByteBuffer from = records.buffer().duplicate();
            ByteBuffer bytes = ByteBuffer.allocate(from.remaining());
            bytes.put(from).flip();
            copy = new BatchAppended(original.header(), MemoryRecords.readableRecords(bytes));
            copies[index] = copy;
        }
        return copy;
    }
}
