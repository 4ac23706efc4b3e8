package io.sampo.streams.consume;

import io.sampo.streams.group.GroupListener;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A membership whose rebalances a test makes; what is committed is there at once.
final class FakeMember implements Member {
    final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
    final Set<TopicPartition> rewound = ConcurrentHashMap.newKeySet();
    final CountDownLatch closed = new CountDownLatch(1);
    private final GroupListener listener;

    /// Null: commits succeed.
    volatile @Nullable Throwable refusal;

    /// Commits that were refused.
    final AtomicInteger refused = new AtomicInteger();

    FakeMember(GroupListener listener) {
        this.listener = listener;
    }

    /// Each from where it is committed, or from 0.
    void assign(TopicPartition... partitions) {
        Map<TopicPartition, Optional<OffsetAndMetadata>> added = new HashMap<>();
        for (TopicPartition partition : partitions) {
            added.put(partition, Optional.of(new OffsetAndMetadata(committed.getOrDefault(partition, 0L))));
        }
        listener.assigned(added, added.keySet());
    }

    /// @return done when the reading has given it up
    CompletableFuture<Void> revoke(TopicPartition partition) {
        CompletableFuture<Void> givenUp = new CompletableFuture<>();
        listener.revoke(Set.of(partition), () -> givenUp.complete(null));
        return givenUp;
    }

    void lose(TopicPartition partition) {
        listener.lost(Set.of(partition));
    }

    void fail(Throwable cause) {
        listener.failed(cause);
    }

    @Override
    public void start() {}

    @Override
    public CompletionStage<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Throwable why = refusal;
        if (why != null) {
            refused.incrementAndGet();
            return CompletableFuture.failedFuture(why);
        }
        // As the real one: only what was rewound goes back.
        offsets.forEach((partition, offset) -> committed.merge(
                partition,
                offset.offset(),
                (before, now) -> rewound.remove(partition) ? now : Long.valueOf(Math.max(before, now))));
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void rewound(Set<TopicPartition> partitions) {
        rewound.addAll(partitions);
    }

    @Override
    public CompletionStage<Void> close() {
        closed.countDown();
        return CompletableFuture.completedFuture(null);
    }
}
