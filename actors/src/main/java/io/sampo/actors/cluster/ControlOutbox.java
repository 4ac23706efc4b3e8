package io.sampo.actors.cluster;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/// Control messages of replicas that wait for the [NodeMessenger], by the node they go to: all that waits goes out
/// in
/// one message. What exceeds the bound is dropped, as a network may.
///
/// Thread rule: [#put] from any thread, [#take] by the messenger.
final class ControlOutbox {

    /// For one node; a campaign for all partitions of a node fits.
    static final int MAX_WAITING = 100_000;

    /// A message stays well below Artery's largest frame (256 KiB).
    static final int MAX_MESSAGE_BYTES = 128 * 1024;

    private static final class Waiting {
        final Queue<byte[]> envelopes = new ConcurrentLinkedQueue<>();
        final AtomicInteger count = new AtomicInteger();
        final AtomicBoolean told = new AtomicBoolean();
    }

    private final ConcurrentHashMap<Integer, Waiting> byNode = new ConcurrentHashMap<>();
    private final IntConsumer wanted;

    /// @param wanted is told the node for which something waits, once until it is taken
    ControlOutbox(IntConsumer wanted) {
        this.wanted = wanted;
    }

    void put(ReplicaEnvelope envelope) {
        int nodeId = envelope.to().nodeId();
        Waiting waiting = byNode.computeIfAbsent(nodeId, _ -> new Waiting());
        if (waiting.count.incrementAndGet() > MAX_WAITING) {
            waiting.count.decrementAndGet();
            return;
        }
        waiting.envelopes.add(ReplicaEnvelopeCodec.encodeToBytes(envelope));
        if (waiting.told.compareAndSet(false, true)) {
            wanted.accept(nodeId);
        }
    }

    /// All that waits for a node, in messages of bounded size.
    List<NodeMessage.Envelopes> take(int nodeId) {
        Waiting waiting = byNode.get(nodeId);
        if (waiting == null) {
            return List.of();
        }
        waiting.told.set(false);
        List<NodeMessage.Envelopes> messages = new ArrayList<>(1);
        List<byte[]> batch = new ArrayList<>();
        int bytes = 0;
        byte[] envelope = waiting.envelopes.poll();
        while (envelope != null) {
            waiting.count.decrementAndGet();
            if (!batch.isEmpty() && bytes + envelope.length > MAX_MESSAGE_BYTES) {
                messages.add(new NodeMessage.Envelopes(batch));
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(envelope);
            bytes += envelope.length;
            envelope = waiting.envelopes.poll();
        }
        if (!batch.isEmpty()) {
            messages.add(new NodeMessage.Envelopes(batch));
        }
        return messages;
    }
}
