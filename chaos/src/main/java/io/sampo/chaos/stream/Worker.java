package io.sampo.chaos.stream;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Ordering;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// A member of the group in a client of its own; its handlers take up to 2 ms, so that there is always work
/// under way.
///
/// Thread rule: the run's thread.
final class Worker implements AutoCloseable {
    static final String GROUP = "workers";
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);
    private static final long STEP_NANOS = 250_000;
    private static final int STEPS = 8;

    private final String name;
    private final StreamClient client;
    private final Running running;
    private volatile boolean closing;
    private volatile boolean dead;

    Worker(String name, Map<String, Object> settings, String topic, Account account) {
        this(name, settings, topic, account, handler(name, account));
    }

    /// @param handler of its own, for a test of what is noticed
    Worker(
            String name,
            Map<String, Object> settings,
            String topic,
            Account account,
            Consumer<Event<String, Long>> handler) {
        this.name = name;
        this.client = StreamClient.connect(settings);
        this.running = client.topic(topic, Codec.utf8(), Codec.int64())
                .consume(Group.named(GROUP))
                .ordering(Ordering.KEY)
                .handle(handler::accept);
        var _ = running.completion().whenComplete((_, failure) -> {
            if (dead) {
                return;
            }
            if (failure != null) {
                account.failed(name + " failed after " + account.nowMs() + " ms: " + failure);
            } else if (!closing) {
                account.failed(name + " ended by itself after " + account.nowMs() + " ms");
            }
        });
    }

    /// Tells the account, and works for a while.
    static Consumer<Event<String, Long>> handler(String name, Account account) {
        return event -> {
            Item item = new Item(Objects.requireNonNull(event.key()), Objects.requireNonNull(event.value()));
            account.begins(name, item, new Spot(event.partition(), event.offset()));
            LockSupport.parkNanos(event.offset() % STEPS * STEP_NANOS);
            account.ends(name, item);
        };
    }

    String name() {
        return name;
    }

    boolean hasPartitions() {
        return !running.assignment().isEmpty();
    }

    /// Leaves the group without waiting for what is under way, which another member is given again.
    void leaveAtOnce() {
        closing = true;
        var _ = running.drain(Duration.ZERO);
    }

    /// Its client's threads and connections end: nothing is finished, nothing is committed, and the group
    /// learns of it when its session times out.
    void die() {
        closing = true;
        dead = true;
        client.system().terminate();
    }

    /// Finishes what is under way, commits, leaves the group.
    @Override
    public void close() {
        closing = true;
        var _ = running.drain(DRAIN_LIMIT);
        client.close();
    }
}
