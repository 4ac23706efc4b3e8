package io.sampo.streams.group;

import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Failures;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Message;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Carries out what [MemberRules] decides: sends, tells the listener, wakes up in time.
final class MemberActor {
    /// What a member is made of.
    record Wiring(
            Cluster cluster,
            GroupCoordinators coordinators,
            GroupSettings settings,
            Subscription subscription,
            GroupListener listener,
            MemberMailbox mailbox) {}

    sealed interface Command {}

    record Start() implements Command {}

    record Subscribe(Subscription subscription) implements Command {}

    record Submit(long commitId, Map<TopicPartition, OffsetAndMetadata> offsets) implements Command {}

    record Rewind(Set<TopicPartition> partitions) implements Command {}

    record CloseMember() implements Command {}

    private record Wake() implements Command {}

    private record Drained(long revocationId) implements Command {}

    private record ListenerThrew(Throwable failure) implements Command {}

    /// @param nodeId that was asked; -1: no coordinator was found
    /// @param response null: none
    private record Replied(
            long requestId,
            int nodeId,
            @Nullable Message response,
            @Nullable Throwable failure) implements Command {}

    /// @param matching the topics that match the pattern; empty: there is no pattern
    private record Refreshed(Optional<Set<String>> matching, ClusterView view) implements Command {}

    private record NotRefreshed(Throwable failure) implements Command {}

    private static final String WAKE = "wake";
    private static final int NOBODY = -1;

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Wiring wiring;
    private final MemberRules rules;
    private final TopicLookup lookup;
    private final long startNanos = System.nanoTime();
    private Subscription subscription;
    private int askedNodeId = NOBODY;
    private @Nullable ClusterView seen;
    private boolean closed;

    private MemberActor(
            ActorContext<Command> context, TimerScheduler<Command> timers, Wiring wiring, MemberRules rules) {
        this.context = context;
        this.timers = timers;
        this.wiring = wiring;
        this.rules = rules;
        this.subscription = wiring.subscription();
        this.lookup =
                new TopicLookup(wiring.cluster(), wiring.settings().times().requestTimeoutMs());
    }

    static MemberRules rules(GroupSettings settings) {
        long[] last = {0};
        LongSupplier requestIds = () -> ++last[0];
        SplittableRandom random = new SplittableRandom();
        Membership membership = switch (settings.protocol()) {
            case CLASSIC -> new ClassicMembership(settings, requestIds, random.split());
            case CONSUMER -> new ConsumerMembership(settings, Uuid.randomUuid().toString(), requestIds, random.split());
        };
        return new MemberRules(membership, new CommitQueue(settings, requestIds, random.split()));
    }

    static Behavior<Command> create(Wiring wiring, MemberRules rules) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            MemberActor actor = new MemberActor(context, timers, wiring, rules);
            return Behaviors.receive(Command.class)
                    .onAnyMessage(actor::onCommand)
                    .onSignal(PostStop.class, _ -> {
                        wiring.mailbox().end();
                        return Behaviors.same();
                    })
                    .build();
        }));
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Start _ ->
                step(new Input.Start(subscription instanceof Subscription.Topics topics ? topics.names() : Set.of()));
            case Subscribe change -> subscribe(change.subscription());
            case Submit submit -> step(new Input.Commit(submit.commitId(), submit.offsets()));
            case Rewind rewind -> step(new Input.Rewound(rewind.partitions()));
            case CloseMember _ -> step(new Input.Close());
            case Wake _ -> wake();
            case Drained drained -> step(new Input.Drained(drained.revocationId()));
            case ListenerThrew threw -> step(new Input.ListenerBroke(threw.failure()));
            case Replied replied -> replied(replied);
            case Refreshed refreshed -> {
                refreshed.matching().ifPresent(names -> step(new Input.Subscribed(names)));
                seen = refreshed.view();
                step(new Input.Seen(refreshed.view()));
            }
            case NotRefreshed not -> step(new Input.NotRefreshed(not.failure()));
        }
        if (closed) {
            return Behaviors.stopped();
        }
        long waitMs = rules.wakeAtMs() == Membership.NEVER ? Membership.NEVER : rules.wakeAtMs() - nowMs();
        if (waitMs == Membership.NEVER) {
            timers.cancel(WAKE);
        } else {
            timers.startSingleTimer(WAKE, new Wake(), Duration.ofMillis(Math.max(1, waitMs)));
        }
        return Behaviors.same();
    }

    private long nowMs() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    @SuppressWarnings("ReferenceEquality") // The view is the same object as long as nobody learnt anything.
    private void wake() {
        ClusterView now = wiring.cluster().view();
        if (now != seen && rules.standing().canCommit()) {
            // Others of this client learnt something new.
            seen = now;
            step(new Input.Seen(now));
        } else {
            step(new Input.Tick());
        }
    }

    private void subscribe(Subscription change) {
        subscription = change;
        if (change instanceof Subscription.Topics topics) {
            step(new Input.Subscribed(topics.names()));
            refresh(topics.names());
        } else {
            refresh(Set.of());
        }
    }

    private void replied(Replied replied) {
        askedNodeId = replied.nodeId();
        if (replied.response() != null) {
            step(new Input.Answered(replied.requestId(), replied.response()));
        } else if (replied.failure() != null) {
            step(new Input.NotAnswered(replied.requestId(), replied.failure()));
        }
    }

    private void step(Input input) {
        rules.step(input, nowMs()).forEach(this::carryOut);
        Standing standing = rules.standing();
        wiring.mailbox().became(standing.memberId(), standing.generationId());
    }

    private void carryOut(Effect effect) {
        switch (effect) {
            case Effect.Send send -> send(send);
            case Effect.ForgetCoordinator _ -> {
                if (askedNodeId != NOBODY) {
                    wiring.coordinators().forget(wiring.settings().groupId(), askedNodeId);
                }
            }
            case Effect.Refresh refresh -> refresh(refresh.topics());
            case Effect.Assigned assigned -> tell(() -> wiring.listener().assigned(assigned.added(), assigned.all()));
            case Effect.Revoke revoke -> {
                Runnable done = () -> context.getSelf().tell(new Drained(revoke.revocationId()));
                tell(() -> wiring.listener().revoke(revoke.partitions(), done));
            }
            case Effect.Lost lost -> {
                context.getLog()
                        .warn("Group {}: lost {}: {}", wiring.settings().groupId(), lost.partitions(), lost.why());
                tell(() -> wiring.listener().lost(lost.partitions()));
            }
            case Effect.Failed failed -> {
                wiring.mailbox().failed(failed.cause());
                tell(() -> wiring.listener().failed(failed.cause()));
            }
            case Effect.Committed committed ->
                wiring.mailbox().committed(committed.commitId(), context.getExecutionContext());
            case Effect.NotCommitted not ->
                wiring.mailbox().notCommitted(not.commitId(), not.failure(), context.getExecutionContext());
            case Effect.Closed _ -> closed = true;
        }
    }

    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            context.getLog()
                    .error("Group {}: the listener failed", wiring.settings().groupId(), e);
            context.getSelf().tell(new ListenerThrew(e));
        }
    }

    private void send(Effect.Send send) {
        String groupId = wiring.settings().groupId();
        CompletionStage<Replied> reply = wiring.coordinators()
                .groupCoordinator(groupId)
                .thenCompose(nodeId -> wiring.cluster()
                        .send(nodeId, GroupRequests.builder(send.request()), send.timeoutMs())
                        .thenApply(answer -> {
                            try (answer) {
                                return GroupRequests.response(groupId, answer.body());
                            }
                        })
                        .handle((response, failure) -> new Replied(send.requestId(), nodeId, response, failure)));
        context.pipeToSelf(
                reply,
                (replied, failure) -> replied != null ? replied : new Replied(send.requestId(), NOBODY, null, failure));
    }

    private void refresh(Set<String> names) {
        context.pipeToSelf(
                lookup.find(subscription, names),
                (found, failure) -> found != null
                        ? new Refreshed(found.matching(), found.view())
                        : new NotRefreshed(Failures.cause(failure)));
    }
}
