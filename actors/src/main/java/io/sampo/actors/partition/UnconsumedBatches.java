package io.sampo.actors.partition;

import java.util.ArrayDeque;

/// Batches that other replicas sent to one of this node and that are neither written nor dropped yet. Those that came
/// before a persist began are in it, or nowhere any more; those that come while it is under way wait for the next.
///
/// Thread rule: the replica's driver.
final class UnconsumedBatches {
    private final ArrayDeque<Runnable> beingWritten = new ArrayDeque<>();
    private final ArrayDeque<Runnable> arrived = new ArrayDeque<>();

    /// @param consumed is run once
    void arrived(Runnable consumed) {
        arrived.addLast(consumed);
    }

    void persistBegins() {
        beingWritten.addAll(arrived);
        arrived.clear();
    }

    void persisted() {
        release(beingWritten);
    }

    /// No persist is under way: what the core did not write it has dropped.
    void idle() {
        release(beingWritten);
        release(arrived);
    }

    private static void release(ArrayDeque<Runnable> batches) {
        for (Runnable consumed = batches.poll(); consumed != null; consumed = batches.poll()) {
            consumed.run();
        }
    }
}
