package io.sampo.actors.metadata;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.core.metadata.LeaderBalance.Move;
import java.util.ArrayDeque;
import java.util.List;

/// Moves leadership to preferred replicas, a few partitions at a time: each move makes a short pause for producers.
/// What fails is tried again when the balance is looked at the next time.
///
/// Thread rule: the controller's; only `ended` is called from any thread.
final class LeaderBalancer {
    private static final int AT_A_TIME = 5;

    private final LeaderDirectory directory;
    private final Runnable ended;
    private final ArrayDeque<Move> waiting = new ArrayDeque<>();
    private int underWay;

    /// @param ended called for each move that came to its end, so that [#moveEnded] may be called by the controller
    LeaderBalancer(LeaderDirectory directory, Runnable ended) {
        this.directory = directory;
        this.ended = ended;
    }

    boolean isBusy() {
        return underWay > 0 || !waiting.isEmpty();
    }

    void move(List<Move> moves) {
        waiting.addAll(moves);
        next();
    }

    /// Leadership of the metadata is over: others look after the balance.
    void stop() {
        waiting.clear();
    }

    void moveEnded() {
        underWay--;
        next();
    }

    private void next() {
        while (underWay < AT_A_TIME && !waiting.isEmpty()) {
            Move move = waiting.remove();
            underWay++;
            var _ = directory.transfer(move.id(), move.nodeId()).whenComplete((_, _) -> ended.run());
        }
    }
}
