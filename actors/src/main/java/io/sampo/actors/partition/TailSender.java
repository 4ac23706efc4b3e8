package io.sampo.actors.partition;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEffect.SendTail;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import io.sampo.core.partition.WarmTail;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends parts of one replica's log to other replicas: from the log, and what the replica is just persisting from
/// memory, so that a follower writes while the leader does. What may have to come from a disk is read by another
/// thread ([CatchUpReads]).
///
/// For each replica one part at most waits, for room on the way or for a read: a newer one takes its place, so a
/// replica that repeats its question gets one answer.
///
/// Thread rule: the replica's driver only.
final class TailSender {
    private static final Logger LOG = LoggerFactory.getLogger(TailSender.class);

    private final PartitionId id;
    private final ReplicaHost host;
    private @Nullable ReplicaDriver driver;
    private final Map<ReplicaId, SendTail> waiting = new HashMap<>();
    private final WarmTail warm = new WarmTail();

    /// Of the newest persist, oldest first. Their buffers are the client's and go back to it when it is answered:
    /// what is sent is a copy, made once for all followers.
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
        long bytes = 0;
        for (ReplicaEvent event : events) {
            if (event instanceof BatchAppended batch) {
                if (underWay.isEmpty()) {
                    underWay = new ArrayList<>(events.size());
                }
                underWay.add(batch);
                bytes += batch.header().sizeInBytes();
            }
        }
        copies = new BatchAppended[underWay.size()];
        if (!underWay.isEmpty()) {
            warm.written(underWay.getFirst().header().baseOffset(), bytes, host.nowMs());
        }
    }

    /// They are in the log, and their buffers may be used for something else.
    void persisted() {
        underWay = List.of();
        copies = new BatchAppended[0];
    }

    void send(SendTail tail) {
        if (waiting.put(tail.envelope().to(), tail) == null) {
            proceed(tail.envelope().to());
        }
    }

    /// Waits when too much waits for that node already: to read now would only fill the memory.
    private void proceed(ReplicaId to) {
        SendTail tail = Invariant.present(waiting.get(to), "tail that waits");
        ReplicaDriver own = Invariant.present(driver, "driver");
        if (!host.transport().hasRoom(to.nodeId())) {
            host.transport().whenRoom(to.nodeId(), () -> own.run(() -> proceed(to)));
        } else if (tail.fromOffset() < firstUnderWay() && !warm.contains(tail.fromOffset(), host.nowMs())) {
            PartitionLog log = log();
            long end = logEnd(tail, log);
            host.catchUpReads().read(() -> readElsewhere(log, tail, end, own));
        } else {
            List<BatchAppended> batches;
            try {
                batches = read(tail);
            } catch (PartitionLogException unreadable) {
                notSent(tail, unreadable);
                return;
            }
            waiting.remove(to);
            deliver(tail, batches);
        }
    }

    /// No answer: the follower asks again, as it would when this one had got lost. The log has what failed checked, and
    /// if it is damage leadership moves to where it is not.
    private void notSent(SendTail tail, PartitionLogException unreadable) {
        waiting.remove(tail.envelope().to());
        LOG.debug("{}: nothing is sent from offset {}", id, tail.fromOffset(), unreadable);
    }

    /// On another thread. A replica whose log is about to be cut or deleted ends first, and takes no answer any more.
    private void readElsewhere(PartitionLog log, SendTail tail, long end, ReplicaDriver own) {
        List<BatchAppended> batches;
        try {
            batches = tail.fromOffset() < end ? log.readBatches(tail.fromOffset(), end, tail.maxBytes()) : List.of();
        } catch (PartitionLogException unreadable) {
            own.run(() -> notSent(tail, unreadable));
            return;
        } catch (RuntimeException e) {
            own.run(() -> {
                throw e;
            });
            return;
        }
        own.run(() -> wasRead(tail, batches));
    }

    private void wasRead(SendTail read, List<BatchAppended> batches) {
        ReplicaId to = read.envelope().to();
        SendTail newest = Invariant.present(waiting.get(to), "tail that waits");
        if (newest.fromOffset() == read.fromOffset() && echo(newest).equals(echo(read))) {
            waiting.remove(to);
            deliver(newest, batches);
        } else {
            proceed(to);
        }
    }

    private static Object echo(SendTail tail) {
        return ((TailMessage) tail.envelope().message()).echo();
    }

    private void deliver(SendTail tail, List<BatchAppended> batches) {
        if (tail.throttled()) {
            host.quotas().leader().record(sizeInBytes(batches), host.nowMs());
        }
        TailMessage message = (TailMessage) tail.envelope().message();
        host.transport().send(tail.envelope().with(message.withBatches(batches)));
    }

    private PartitionLog log() {
        return host.logs().find(id).orElseThrow(() -> new IllegalStateException("no log of a replica: " + id));
    }

    private long firstUnderWay() {
        return underWay.isEmpty()
                ? Long.MAX_VALUE
                : underWay.getFirst().header().baseOffset();
    }

    /// Up to where the log has what is wanted, exclusive.
    private long logEnd(SendTail tail, PartitionLog log) {
        return Math.min(tail.upToOffset(), Math.min(log.logEndOffset(), firstUnderWay()));
    }

    /// Whole batches: as many as fit, but at least one.
    private List<BatchAppended> read(SendTail tail) {
        List<BatchAppended> batches = List.of();
        long next = tail.fromOffset();
        if (next < firstUnderWay()) {
            PartitionLog log = log();
            long end = logEnd(tail, log);
            batches = next < end ? log.readBatches(next, end, tail.maxBytes()) : List.of();
            boolean isWhole = batches.isEmpty() || batches.getLast().header().nextOffset() >= end;
            if (!isWhole || tail.upToOffset() <= firstUnderWay()) {
                return batches;
            }
        }
        List<BatchAppended> all = new ArrayList<>(batches);
        long bytes = sizeInBytes(batches);
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

    private static long sizeInBytes(List<BatchAppended> batches) {
        long bytes = 0;
        for (BatchAppended batch : batches) {
            bytes += batch.header().sizeInBytes();
        }
        return bytes;
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
