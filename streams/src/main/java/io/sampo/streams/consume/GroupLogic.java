package io.sampo.streams.consume;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Running;
import io.sampo.streams.fetch.Chunk;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.fetch.StartPosition;
import io.sampo.streams.group.CommitFailed;
import io.sampo.streams.group.GroupListener;
import io.sampo.streams.group.GroupMember;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.SubscriptionWithCancelException;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Joins a member of a group with a fetcher: reads what the group gives to it, hands records out as deliveries while
/// downstream wants them, commits what is acknowledged without a gap, and gives a partition up only when what is out
/// of it is done and committed.
///
/// ```
/// READING --drain, downstream ends, failure--> ENDING --nothing is out, or too late--> LEAVING --left--> over
/// ```
final class GroupLogic extends TimerGraphStageLogic {
    private static final Logger LOG = LoggerFactory.getLogger(GroupLogic.class);

    private enum Phase {
        READING,
        ENDING,
        LEAVING
    }

    private enum Timer {
        COMMIT,
        END
    }

    private final Outlet<Delivery<Event<byte[], byte[]>>> out;
    private final GroupReading reading;
    private final AsyncCallback<GroupSignal> signals = createAsyncCallback(this::onSignal);
    private final CompletableFuture<Done> completion = new CompletableFuture<>();
    private final Ownerships owned = new Ownerships();
    private final AtomicInteger unacknowledged = new AtomicInteger();
    private volatile boolean wantsToKnow;
    private volatile @Nullable Fetcher fetcher;
    private @Nullable GroupMember member;
    private Phase phase = Phase.READING;
    private @Nullable Throwable failure;
    private @Nullable OpenChunk current;
    private boolean polling;
    private boolean committing;

    GroupLogic(SourceShape<Delivery<Event<byte[], byte[]>>> shape, GroupReading reading) {
        super(shape);
        this.out = shape.out();
        this.reading = reading;
        setHandler(out, new AbstractOutHandler() {
            @Override
            public void onPull() {
                goOn();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
                boolean inOrder = cause instanceof SubscriptionWithCancelException.NonFailureCancellation;
                end(inOrder ? reading.settings().closeTimeoutMs() : 0, null);
            }
        });
    }

    Running running() {
        return new GroupRunning(reading, owned, () -> fetcher, completion, signals::invoke);
    }

    @Override
    public void preStart() {
        // Deliveries are acknowledged after downstream has ended, too.
        setKeepGoing(true);
        fetcher = reading.fetcher().get();
        try {
            member = reading.join().apply(new Listener());
        } catch (RuntimeException refused) { // by its settings
            completion.completeExceptionally(refused);
            failStage(refused);
            return;
        }
        member.start();
        Duration interval = Duration.ofMillis(reading.settings().commitIntervalMs());
        scheduleWithFixedDelay(Timer.COMMIT, interval, interval);
    }

    @Override
    public void postStop() {
        dropCurrent();
        Fetcher reader = fetcher;
        if (reader != null) {
            reader.close();
        }
        if (member != null) {
            var _ = member.close();
        }
        completion.completeExceptionally(new IllegalStateException("the stream's actor system has ended"));
    }

    @Override
    public void onTimer(Object timerKey) {
        switch ((Timer) timerKey) {
            case COMMIT -> commitDue();
            case END -> leave();
        }
    }

    private void onSignal(GroupSignal signal) {
        switch (signal) {
            case GroupSignal.Assigned assigned -> assigned(assigned.added());
            case GroupSignal.Revoke revoke -> {
                owned.revoke(revoke.partitions(), revoke.done());
                stopReading(revoke.partitions());
            }
            case GroupSignal.Lost lost -> lost(lost.partitions());
            case GroupSignal.MembershipFailed failed -> {
                lost(owned.all().keySet());
                end(0, failed.cause());
            }
            case GroupSignal.Polled polled -> polled(polled);
            case GroupSignal.Committed committed -> committed(committed);
            case GroupSignal.Drain drain -> end(drain.limitMs(), null);
            case GroupSignal.Acknowledged _ -> {}
            case GroupSignal.Left _ -> over();
        }
        giveUpWhatIsDrained();
        goOn();
    }

    // ---- partitions ------------------------------------------------------------------------------------------

    private void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added) {
        Map<TopicPartition, StartPosition> starts = new HashMap<>();
        added.forEach((partition, committed) -> {
            Optional<StartPosition> start = committed.map(GroupLogic::position).or(this::positionWhenNew);
            if (start.isEmpty()) {
                end(0, new NoOffsetForPartitionException(partition));
                return;
            }
            long offset = committed.map(OffsetAndMetadata::offset).orElse(-1L);
            owned.add(new Owned(partition, Math.max(0, offset), offset, this::acknowledged));
            starts.put(partition, start.get());
        });
        if (phase == Phase.READING && !starts.isEmpty()) {
            var _ = reader().add(starts);
        }
    }

    private static StartPosition position(OffsetAndMetadata committed) {
        return committed
                .leaderEpoch()
                .map(epoch -> StartPosition.offset(committed.offset(), epoch))
                .orElseGet(() -> StartPosition.offset(committed.offset()));
    }

    private Optional<StartPosition> positionWhenNew() {
        return switch (reading.group().whenNew()) {
            case Group.Reset.EARLIEST -> Optional.of(StartPosition.earliest());
            case Group.Reset.LATEST -> Optional.of(StartPosition.latest());
            case Group.Reset.NONE -> Optional.empty();
        };
    }

    private void lost(Set<TopicPartition> partitions) {
        stopReading(partitions);
        unacknowledged.addAndGet(-owned.lost(partitions));
    }

    private void stopReading(Set<TopicPartition> partitions) {
        var _ = reader().remove(partitions);
        OpenChunk open = current;
        if (open != null && partitions.contains(open.owner().partition())) {
            dropCurrent();
        }
    }

    /// Commits what is done of partitions that are to go and of which nothing is out any more, then tells the group.
    private void giveUpWhatIsDrained() {
        if (!owned.hasRevocations()) {
            wantsToKnow = phase != Phase.READING;
            return;
        }
        // First: whoever acknowledges the last delivery from now on says so.
        wantsToKnow = true;
        for (Revocation revocation : owned.takeDrained(phase == Phase.LEAVING)) {
            Runnable done = () -> {
                owned.gone(revocation);
                revocation.done().run();
            };
            Map<TopicPartition, OffsetAndMetadata> offsets = Ownerships.due(revocation.partitions());
            if (offsets.isEmpty()) {
                done.run();
            } else {
                var _ = commit(offsets).whenComplete((_, _) -> done.run());
            }
        }
        wantsToKnow = owned.hasRevocations() || phase != Phase.READING;
    }

    // ---- records ---------------------------------------------------------------------------------------------

    private void goOn() {
        while (phase == Phase.READING && isAvailable(out) && hasRoom()) {
            OpenChunk open = current;
            if (open == null) {
                poll();
                return;
            }
            Delivery<Event<byte[], byte[]>> next;
            try {
                next = open.next();
            } catch (RuntimeException corrupt) {
                end(reading.settings().closeTimeoutMs(), corrupt);
                return;
            }
            if (next == null) {
                dropCurrent();
            } else {
                unacknowledged.incrementAndGet();
                push(out, next);
            }
        }
        if (phase == Phase.ENDING && owned.nothingIsOut()) {
            leave();
        }
    }

    /// Asked twice: somebody may have acknowledged before it was known that this matters.
    private boolean hasRoom() {
        int most = reading.settings().maxUnacknowledged();
        if (unacknowledged.get() < most) {
            return true;
        }
        wantsToKnow = true;
        return unacknowledged.get() < most;
    }

    private void poll() {
        if (!polling) {
            polling = true;
            var _ = reader().poll()
                    .whenComplete((chunk, refused) -> signals.invoke(new GroupSignal.Polled(chunk, cause(refused))));
        }
    }

    private void polled(GroupSignal.Polled polled) {
        polling = false;
        Chunk chunk = polled.chunk();
        if (chunk == null) {
            if (phase == Phase.READING && polled.failure() != null) {
                end(reading.settings().closeTimeoutMs(), polled.failure());
            }
            return;
        }
        Owned owner = owned.reading(chunk.partition());
        if (phase != Phase.READING || owner == null) {
            chunk.close();
        } else {
            current = new OpenChunk(chunk, owner);
        }
    }

    private void dropCurrent() {
        OpenChunk open = current;
        if (open != null) {
            current = null;
            open.close();
        }
    }

    /// Any thread.
    private void acknowledged(boolean idle) {
        unacknowledged.decrementAndGet();
        if (wantsToKnow) {
            signals.invoke(GroupSignal.Acknowledged.INSTANCE);
        }
    }

    // ---- commits ---------------------------------------------------------------------------------------------

    private void commitDue() {
        Map<TopicPartition, OffsetAndMetadata> offsets = committing ? Map.of() : owned.due();
        if (!offsets.isEmpty()) {
            committing = true;
            var _ = commit(offsets);
        }
    }

    private CompletionStage<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        return Objects.requireNonNull(member, "started")
                .commit(offsets)
                .whenComplete((_, refused) -> signals.invoke(new GroupSignal.Committed(offsets, cause(refused))));
    }

    private void committed(GroupSignal.Committed committed) {
        committing = false;
        Throwable refused = committed.failure();
        if (refused == null) {
            owned.committed(committed.offsets());
        } else if (refused instanceof CommitFailed failed && failed.reason() != CommitFailed.Reason.REFUSED) {
            // The group says what follows from it, or the next commit covers it.
            LOG.info("{}", refused.getMessage());
        } else {
            end(0, refused);
        }
    }

    // ---- the end ---------------------------------------------------------------------------------------------

    /// @param limitMs how long to wait for what is out
    /// @param cause null: in good order
    private void end(long limitMs, @Nullable Throwable cause) {
        if (phase == Phase.LEAVING) {
            return;
        }
        if (failure == null) {
            failure = cause;
        }
        phase = Phase.ENDING;
        dropCurrent();
        var _ = reader().remove(owned.all().keySet());
        wantsToKnow = true;
        if (limitMs == 0 || owned.nothingIsOut()) {
            leave();
        } else {
            scheduleOnce(Timer.END, Duration.ofMillis(limitMs));
        }
    }

    private void leave() {
        if (phase == Phase.LEAVING) {
            return;
        }
        phase = Phase.LEAVING;
        cancelTimer(Timer.COMMIT);
        cancelTimer(Timer.END);
        // The member, as it leaves, asks for its partitions: nobody waits for them any more.
        giveUpWhatIsDrained();
        GroupMember joined = Objects.requireNonNull(member, "started");
        Map<TopicPartition, OffsetAndMetadata> offsets = owned.due();
        CompletionStage<Void> committed =
                offsets.isEmpty() ? CompletableFuture.completedFuture(null) : joined.commit(offsets);
        var _ = committed
                .exceptionally(refused -> {
                    LOG.warn("{}", refused.getMessage());
                    return null;
                })
                .thenCompose(_ -> joined.close())
                .whenComplete((_, _) -> signals.invoke(GroupSignal.Left.INSTANCE));
    }

    private void over() {
        Throwable cause = failure;
        if (cause == null) {
            completion.complete(Done.getInstance());
            completeStage();
        } else {
            completion.completeExceptionally(cause);
            failStage(cause);
        }
    }

    private Fetcher reader() {
        return Objects.requireNonNull(fetcher, "started");
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /// Any thread.
    private final class Listener implements GroupListener {
        @Override
        public void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added, Set<TopicPartition> all) {
            signals.invoke(new GroupSignal.Assigned(added));
        }

        @Override
        public void revoke(Set<TopicPartition> partitions, Runnable done) {
            signals.invoke(new GroupSignal.Revoke(partitions, done));
        }

        @Override
        public void lost(Set<TopicPartition> partitions) {
            signals.invoke(new GroupSignal.Lost(partitions));
        }

        @Override
        public void failed(Throwable cause) {
            signals.invoke(new GroupSignal.MembershipFailed(cause));
        }
    }
}
