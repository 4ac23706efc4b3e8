package io.sampo.streams.consume;

import io.sampo.streams.connection.Failures;
import io.sampo.streams.fetch.StartPosition;
import io.sampo.streams.group.CommitFailed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The course of one reading with a group: what it owns, what of that is committed, when a partition may be
/// given up, and how the reading ends. It hands no record out: a [Handout] does, and hears from here what may
/// be read.
///
/// ```
/// READING --drain, downstream ends, failure--> ENDING --nothing is out, or too late--> LEAVING --left--> over
/// ```
///
/// Thread rule: the stage that it belongs to; [#out], [#owned] and the acknowledgements from any thread.
final class GroupCourse {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCourse.class);

    private enum Phase {
        READING,
        ENDING,
        LEAVING
    }

    private final GroupReading reading;
    private final Handout handout;
    private final Consumer<GroupSignal> signals;
    private final Ownerships owned = new Ownerships();
    private final CompletableFuture<Done> completion = new CompletableFuture<>();
    private final AtomicInteger out = new AtomicInteger();
    private volatile boolean wantsToKnow;
    private @Nullable Member member;
    private Phase phase = Phase.READING;
    private @Nullable Throwable failure;
    private boolean committing;

    /// @param signals brings them to [#onSignal], on the stage's thread; called by any
    GroupCourse(GroupReading reading, Handout handout, Consumer<GroupSignal> signals) {
        this.reading = reading;
        this.handout = handout;
        this.signals = signals;
    }

    /// @throws RuntimeException when this client or broker cannot do what the group is to have
    void start() {
        Member joining;
        try {
            joining = reading.join().apply(new MemberListener(signals));
        } catch (RuntimeException cannot) {
            completion.completeExceptionally(cannot);
            throw cannot;
        }
        member = joining;
        joining.start();
    }

    /// The stage ends, whatever the reason.
    void stopped() {
        if (member != null) {
            var _ = member.close();
        }
        completion.completeExceptionally(new IllegalStateException("the stream's actor system has ended"));
    }

    void onSignal(GroupSignal signal) {
        switch (signal) {
            case GroupSignal.Assigned assigned -> assigned(assigned.added());
            case GroupSignal.Revoke revoke -> {
                List<Owned> going = owned.of(revoke.partitions());
                owned.revoke(revoke.partitions(), revoke.done());
                handout.stop(going);
            }
            case GroupSignal.Gone gone -> handout.gone(gone.partitions());
            case GroupSignal.Lost lost -> lost(lost.partitions());
            case GroupSignal.MembershipFailed failed -> {
                if (failure == null) {
                    failure = failed.cause();
                }
                lost(owned.all().keySet());
                end(0, failed.cause());
            }
            case GroupSignal.Committed committed -> committed(committed);
            case GroupSignal.Drain drain -> end(drain.limitMs(), null);
            case GroupSignal.Seek seek -> seek(seek);
            case GroupSignal.Halted halted -> goOnElsewhere(halted);
            case GroupSignal.Acknowledged _ -> {}
            case GroupSignal.Left _ -> over();
        }
        giveUpWhatIsDrained();
        handout.goOn();
        leaveWhenNothingIsOut();
    }

    // ---- what others want to know ----------------------------------------------------------------------------

    Ownerships owned() {
        return owned;
    }

    CompletionStage<Done> completion() {
        return Failures.seenBy(completion);
    }

    boolean isReading() {
        return phase == Phase.READING;
    }

    /// What ends this reading; null while nothing does, or it ends in good order.
    @Nullable
    Throwable failure() {
        return failure;
    }

    /// Deliveries that are out, of all partitions.
    int out() {
        return out.get();
    }

    /// A record was handed out.
    void handedOut() {
        out.incrementAndGet();
    }

    /// Whether one more may be out. When not, [Handout#goOn] is called at the next acknowledgement.
    ///
    /// @param unacknowledged how many are; is asked twice, as somebody may have acknowledged before it was
    ///     known that this matters
    boolean hasRoom(IntSupplier unacknowledged) {
        int most = reading.settings().maxUnacknowledged();
        if (unacknowledged.getAsInt() < most) {
            return true;
        }
        wantsToKnow = true;
        return unacknowledged.getAsInt() < most;
    }

    // ---- partitions ------------------------------------------------------------------------------------------

    private void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added) {
        Map<Owned, StartPosition> starts = new HashMap<>();
        added.forEach((partition, committed) -> {
            Optional<StartPosition> start = Starts.of(reading.group(), committed);
            if (start.isEmpty()) {
                end(0, new NoOffsetForPartitionException(partition));
                return;
            }
            long offset = committed.map(OffsetAndMetadata::offset).orElse(-1L);
            Owned one = new Owned(partition, Math.max(0, offset), offset, this::acknowledged);
            owned.add(one);
            starts.put(one, start.get());
        });
        if (phase == Phase.READING && !starts.isEmpty()) {
            handout.begin(starts);
        }
    }

    private void lost(Set<TopicPartition> partitions) {
        List<Owned> gone = owned.of(partitions);
        handout.stop(gone);
        out.addAndGet(-owned.lost(partitions));
        handout.gone(gone);
    }

    /// Halts the partitions first: a chunk that was read before may be on its way.
    private void seek(GroupSignal.Seek seek) {
        Map<Owned, Long> targets = new HashMap<>();
        seek.offsets().forEach((partition, offset) -> {
            Owned one = owned.reading(partition);
            if (one != null) {
                targets.put(one, offset);
            }
        });
        if (phase != Phase.READING || targets.size() < seek.offsets().size()) {
            seek.done().completeExceptionally(notRead(seek.offsets().keySet()));
            return;
        }
        targets.keySet().forEach(Owned::end);
        var _ = handout.stop(targets.keySet())
                .whenComplete((_, _) -> signals.accept(new GroupSignal.Halted(targets, seek.done())));
    }

    private void goOnElsewhere(GroupSignal.Halted halted) {
        Map<Owned, Long> targets = new HashMap<>(halted.targets());
        if (phase != Phase.READING || !targets.keySet().stream().allMatch(owned::stays)) {
            halted.done().completeExceptionally(notRead(partitions(targets.keySet())));
        }
        targets.keySet().removeIf(one -> !owned.stays(one));
        if (phase != Phase.READING || targets.isEmpty()) {
            return;
        }
        Set<TopicPartition> partitions = partitions(targets.keySet());
        lost(partitions);
        Map<Owned, StartPosition> starts = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        targets.forEach((old, offset) -> {
            Owned one = new Owned(old.partition(), offset, offset, this::acknowledged);
            owned.add(one);
            starts.put(one, StartPosition.offset(offset));
            offsets.put(old.partition(), new OffsetAndMetadata(offset));
        });
        joined().rewound(partitions);
        var _ = joined().commit(offsets)
                .whenComplete((_, refused) -> told(halted.done(), Failures.causeIfAny(refused)));
        handout.begin(starts);
    }

    private static void told(CompletableFuture<Void> done, @Nullable Throwable failure) {
        if (failure == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(failure);
        }
    }

    private static Set<TopicPartition> partitions(Set<Owned> some) {
        return some.stream().map(Owned::partition).collect(Collectors.toSet());
    }

    private static IllegalStateException notRead(Set<TopicPartition> partitions) {
        return new IllegalStateException("not all of " + partitions + " are read by this member now");
    }

    /// Commits what is done of partitions that are to go and of which nothing is out any more, then tells the
    /// group.
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
                // First: the group may give them to this member again at once.
                signals.accept(new GroupSignal.Gone(revocation.partitions()));
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

    /// Any thread.
    private void acknowledged(boolean idle) {
        out.decrementAndGet();
        if (wantsToKnow) {
            signals.accept(GroupSignal.Acknowledged.INSTANCE);
        }
    }

    // ---- commits ---------------------------------------------------------------------------------------------

    /// `auto.commit.interval.ms` has passed.
    void commitDue() {
        Map<TopicPartition, OffsetAndMetadata> offsets = committing || phase == Phase.LEAVING ? Map.of() : owned.due();
        if (!offsets.isEmpty()) {
            committing = true;
            var _ = commit(offsets);
        }
    }

    private CompletionStage<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        return joined().commit(offsets)
                .whenComplete((_, refused) ->
                        signals.accept(new GroupSignal.Committed(offsets, Failures.causeIfAny(refused))));
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

    /// Reads nothing more, and leaves the group when what is out is done.
    ///
    /// @param limitMs how long to wait for that
    /// @param cause null: in good order
    void end(long limitMs, @Nullable Throwable cause) {
        if (phase == Phase.LEAVING) {
            return;
        }
        if (failure == null) {
            failure = cause;
        }
        phase = Phase.ENDING;
        wantsToKnow = true;
        handout.stop(new ArrayList<>(owned.all().values()));
        if (limitMs == 0 || owned.nothingIsOut()) {
            leave();
        } else {
            handout.leaveAfter(limitMs);
        }
    }

    /// As [#end], for as long as `default.api.timeout.ms`.
    void end(@Nullable Throwable cause) {
        end(reading.settings().closeTimeoutMs(), cause);
    }

    private void leaveWhenNothingIsOut() {
        if (phase == Phase.ENDING && owned.nothingIsOut()) {
            leave();
        }
    }

    /// Leaves the group; what is out is not waited for.
    void leave() {
        if (phase == Phase.LEAVING) {
            return;
        }
        phase = Phase.LEAVING;
        // The member, as it leaves, asks for its partitions: nobody waits for them any more.
        giveUpWhatIsDrained();
        Member leaving = joined();
        Map<TopicPartition, OffsetAndMetadata> offsets = owned.due();
        CompletionStage<Void> committed =
                offsets.isEmpty() ? CompletableFuture.completedFuture(null) : leaving.commit(offsets);
        var _ = committed
                .exceptionally(refused -> {
                    LOG.warn("{}", refused.getMessage());
                    return null;
                })
                .thenCompose(_ -> leaving.close())
                .whenComplete((_, _) -> signals.accept(GroupSignal.Left.INSTANCE));
    }

    private void over() {
        Throwable cause = failure;
        if (cause == null) {
            completion.complete(Done.getInstance());
        } else {
            completion.completeExceptionally(cause);
        }
        handout.over(cause);
    }

    private Member joined() {
        return Objects.requireNonNull(member, "started");
    }
}
