package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// Partitions that this node led until a moment ago and whose next leader it does not know yet. A client that asks
/// here for one of them waits for the name: told "not here" without it, it would pause and ask for metadata, again and
/// again, while an election takes a few milliseconds (KIP-951).
///
/// A wait ends after `limit` all the same, counted from the end of the leadership: who asks later does not wait.
///
/// Thread rule: any thread; tasks run on the one that brings the news.
final class Successions {

    /// Of one partition; guarded by the map's locks.
    private static final class Succession {
        private final List<Runnable> tasks = new ArrayList<>();
    }

    private final ConcurrentHashMap<PartitionId, Succession> open = new ConcurrentHashMap<>();
    private final Executor afterLimit;

    Successions(Duration limit) {
        this(CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS));
    }

    /// @param afterLimit runs a task when the limit is over
    Successions(Executor afterLimit) {
        this.afterLimit = afterLimit;
    }

    /// This node does not lead the partition any more.
    void leadershipEnded(PartitionId id) {
        Succession begun = new Succession();
        if (open.putIfAbsent(id, begun) == null) {
            afterLimit.execute(() -> {
                if (open.remove(id, begun)) {
                    run(begun);
                }
            });
        }
    }

    /// Somebody leads the partition.
    void leaderKnown(PartitionId id) {
        Succession over = open.remove(id);
        if (over != null) {
            run(over);
        }
    }

    /// Runs the task when the next leader is known: at once, when this node has not led the partition lately.
    void whenKnown(PartitionId id, Runnable task) {
        boolean[] waits = {false};
        open.computeIfPresent(id, (_, succession) -> {
            succession.tasks.add(task);
            waits[0] = true;
            return succession;
        });
        if (!waits[0]) {
            task.run();
        }
    }

    private static void run(Succession over) {
        over.tasks.forEach(Answers::guarded);
    }
}
