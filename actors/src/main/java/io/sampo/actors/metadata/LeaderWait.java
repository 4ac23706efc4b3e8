package io.sampo.actors.metadata;

import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;

/// Waits until partitions have leaders that serve clients: so that whoever is told of a new topic can use it at
/// once (KAFKA-15591).
///
/// Thread rule: any thread; never blocks.
public final class LeaderWait {
    private static final Duration FIRST_LOOK = Duration.ofMillis(1);
    private static final Duration LAST_LOOK = Duration.ofMillis(20);

    private final ActorSystem<?> system;
    private final LeaderView leaders;

    public LeaderWait(ActorSystem<?> system, LeaderView leaders) {
        this.system = system;
        this.leaders = leaders;
    }

    /// Completes when all partitions of the topics have leaders (true), or at `deadlineNanos` (false).
    ///
    /// @param deadlineNanos of [System#nanoTime]
    public CompletionStage<Boolean> await(Collection<TopicImage> topics, long deadlineNanos) {
        ArrayDeque<PartitionId> missing = new ArrayDeque<>();
        for (TopicImage topic : topics) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                missing.add(topic.partitionId(partition));
            }
        }
        return await(missing, deadlineNanos);
    }

    /// The same for one partition, from now on.
    public CompletionStage<Boolean> await(PartitionId partition, Duration maxWait) {
        return await(new ArrayDeque<>(List.of(partition)), System.nanoTime() + maxWait.toNanos());
    }

    private CompletionStage<Boolean> await(ArrayDeque<PartitionId> missing, long deadlineNanos) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        look(missing, deadlineNanos, FIRST_LOOK, done);
        return done;
    }

    private void look(
            ArrayDeque<PartitionId> missing, long deadlineNanos, Duration pause, CompletableFuture<Boolean> done) {
        while (!missing.isEmpty() && leaders.leadership(missing.element()).isPresent()) {
            missing.remove();
        }
        if (missing.isEmpty()) {
            done.complete(true);
        } else if (System.nanoTime() - deadlineNanos >= 0) {
            done.complete(false);
        } else {
            Duration longer = pause.multipliedBy(2).compareTo(LAST_LOOK) < 0 ? pause.multipliedBy(2) : LAST_LOOK;
            system.scheduler()
                    .scheduleOnce(pause, () -> look(missing, deadlineNanos, longer, done), system.executionContext());
        }
    }
}
