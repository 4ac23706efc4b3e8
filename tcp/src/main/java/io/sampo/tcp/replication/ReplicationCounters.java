package io.sampo.tcp.replication;

import java.util.concurrent.atomic.LongAdder;

/// What the connections between nodes have done since the start of the node.
///
/// Thread rule: any thread.
public final class ReplicationCounters {
    final LongAdder messagesSent = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder writes = new LongAdder();
    final LongAdder messagesReceived = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder droppedUnconnected = new LongAdder();
    final LongAdder droppedWithoutRoom = new LongAdder();
    final LongAdder givenUpUnconsumed = new LongAdder();
    final LongAdder corruptBatches = new LongAdder();
    final LongAdder invalidMessages = new LongAdder();
    final LongAdder connects = new LongAdder();
    final LongAdder losses = new LongAdder();
    final LongAdder refusedHandshakes = new LongAdder();

    ReplicationCounters() {}

    /// Taken for sending; a connection that ended may have lost the last of them.
    public long messagesSent() {
        return messagesSent.sum();
    }

    public long bytesSent() {
        return bytesSent.sum();
    }

    /// Each carried all that waited, up to a bound.
    public long writes() {
        return writes.sum();
    }

    public long messagesReceived() {
        return messagesReceived.sum();
    }

    public long bytesReceived() {
        return bytesReceived.sum();
    }

    /// There was no connection to send them on.
    public long droppedUnconnected() {
        return droppedUnconnected.sum();
    }

    /// More waited for the node than may.
    public long droppedWithoutRoom() {
        return droppedWithoutRoom.sum();
    }

    /// Messages whose batches were not written in time, so that they do not hold up their connection any more.
    public long givenUpUnconsumed() {
        return givenUpUnconsumed.sum();
    }

    /// Messages dropped because of a batch with a wrong checksum.
    public long corruptBatches() {
        return corruptBatches.sum();
    }

    /// Messages dropped because they could not be read, or were meant for or came from someone else.
    public long invalidMessages() {
        return invalidMessages.sum();
    }

    /// Dialled connections that came to be.
    public long connects() {
        return connects.sum();
    }

    /// Dialled connections that ended.
    public long losses() {
        return losses.sum();
    }

    /// Accepted connections that were closed for what they said first, or did not say in time.
    public long refusedHandshakes() {
        return refusedHandshakes.sum();
    }
}
