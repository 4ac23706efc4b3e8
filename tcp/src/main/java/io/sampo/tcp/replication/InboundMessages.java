package io.sampo.tcp.replication;

import io.sampo.core.partition.InvalidEnvelopeException;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.InvalidFrameException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Gives the envelopes of one connection's frames to the receiver, and counts the batches that it has not consumed
/// yet.
///
/// Each envelope is copied out of the frame's pooled buffer into an array of its size, which the garbage collector
/// frees: no replica can hold a buffer that is used for something else already.
///
/// Thread rule: the connection's loop; `consumed` comes from any thread.
final class InboundMessages {
    private static final Logger log = LoggerFactory.getLogger(InboundMessages.class);
    private static final Runnable NOTHING_HELD = () -> {};

    private final ReplicaTransport.Receiver receiver;
    private final ReplicationSocketSettings settings;
    private final ReplicationCounters counters;
    private final int selfNodeId;
    private final int peerNodeId;
    private final Runnable roomAgain;
    private final AtomicLong unconsumedBytes = new AtomicLong();
    private final AtomicBoolean full = new AtomicBoolean();
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private final RareLog dropped = new RareLog(log, Level.ERROR);
    private final RareLog hanging = new RareLog(log, Level.WARN);

    /// @param roomAgain called on any thread after [#isFull] said so
    InboundMessages(
            ReplicaTransport.Receiver receiver,
            ReplicationSocketSettings settings,
            ReplicationCounters counters,
            int selfNodeId,
            int peerNodeId,
            Runnable roomAgain) {
        this.receiver = receiver;
        this.settings = settings;
        this.counters = counters;
        this.selfNodeId = selfNodeId;
        this.peerNodeId = peerNodeId;
        this.roomAgain = roomAgain;
    }

    /// @throws InvalidFrameException when it is no sequence of envelopes: the connection is of no use any more
    void frame(ByteBuffer frame) throws InvalidFrameException {
        counters.bytesReceived.add(frame.remaining() + Integer.BYTES);
        while (frame.hasRemaining()) {
            int bytes = frame.remaining() < Integer.BYTES ? -1 : frame.getInt();
            if (bytes < 1 || bytes > frame.remaining()) {
                throw new InvalidFrameException(
                        "an envelope of " + bytes + " bytes in a frame with " + frame.remaining() + " left");
            }
            byte[] own = new byte[bytes];
            frame.get(own);
            message(own);
        }
    }

    private void message(byte[] bytes) {
        ReplicaEnvelope envelope;
        try {
            envelope = ReplicaEnvelopeCodec.decode(bytes);
        } catch (InvalidEnvelopeException.CorruptBatch corrupt) {
            counters.corruptBatches.increment();
            dropped.line("Dropped a message of node " + peerNodeId + ": " + corrupt.getMessage());
            return;
        } catch (InvalidEnvelopeException invalid) {
            counters.invalidMessages.increment();
            dropped.line("Dropped a message of node " + peerNodeId + ": " + invalid.getMessage());
            return;
        }
        if (envelope.from().nodeId() != peerNodeId || envelope.to().nodeId() != selfNodeId) {
            counters.invalidMessages.increment();
            dropped.line("Dropped a message of node " + peerNodeId + " that says it is from node "
                    + envelope.from().nodeId() + " to node " + envelope.to().nodeId());
            return;
        }
        counters.messagesReceived.increment();
        boolean holdsBatches = envelope.message() instanceof TailMessage tail
                && !tail.batches().isEmpty();
        Runnable consumed = holdsBatches ? hold(bytes.length) : NOTHING_HELD;
        try {
            receiver.received(envelope, consumed);
        } catch (RuntimeException e) {
            log.error("The receiver failed on a message of node {} for {}", peerNodeId, envelope.partition(), e);
            consumed.run();
        }
    }

    private Runnable hold(int bytes) {
        forgetConsumed();
        Held now = new Held(bytes, Connection.nowMs());
        held.addLast(now);
        unconsumedBytes.addAndGet(bytes);
        return now;
    }

    private void forgetConsumed() {
        while (!held.isEmpty() && held.peekFirst().get()) {
            held.removeFirst();
        }
    }

    /// More is held than may be: to be read on when `roomAgain` is called.
    boolean isFull() {
        if (unconsumedBytes.get() < settings.maxUnconsumedBytes()) {
            return false;
        }
        full.set(true);
        // What was consumed meanwhile has not seen the note.
        return unconsumedBytes.get() >= settings.maxUnconsumedBytes() || !full.compareAndSet(true, false);
    }

    long unconsumedBytes() {
        return unconsumedBytes.get();
    }

    /// A disk that hangs must not stop the connection for ever, which serves replicas on other disks too.
    void expire(long nowMs) {
        forgetConsumed();
        while (!held.isEmpty() && nowMs - held.peekFirst().sinceMs > settings.consumedTimeoutMs()) {
            hanging.line("Batches of node " + peerNodeId + " were not written for " + settings.consumedTimeoutMs()
                    + " ms: a disk is very slow or hangs. The node is listened to again meanwhile");
            counters.givenUpUnconsumed.increment();
            held.removeFirst().run();
        }
    }

    /// True when it is consumed.
    private final class Held extends AtomicBoolean implements Runnable {
        private static final long serialVersionUID = 1L;

        private final int bytes;
        private final long sinceMs;

        Held(int bytes, long sinceMs) {
            this.bytes = bytes;
            this.sinceMs = sinceMs;
        }

        @Override
        public void run() {
            if (compareAndSet(false, true)
                    && unconsumedBytes.addAndGet(-bytes) < settings.maxUnconsumedBytes()
                    && full.compareAndSet(true, false)) {
                roomAgain.run();
            }
        }
    }
}
