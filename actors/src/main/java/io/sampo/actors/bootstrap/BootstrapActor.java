package io.sampo.actors.bootstrap;

import io.sampo.core.cluster.BootstrapCore;
import io.sampo.core.cluster.BootstrapEffect;
import io.sampo.core.cluster.BootstrapEffect.AssignNodeId;
import io.sampo.core.cluster.BootstrapEffect.NodeIdAssigned;
import io.sampo.core.cluster.BootstrapEffect.Persist;
import io.sampo.core.cluster.BootstrapEffect.Refuse;
import io.sampo.core.cluster.BootstrapEffect.Rejoin;
import io.sampo.core.cluster.BootstrapEffect.Send;
import io.sampo.core.cluster.BootstrapMessage;
import io.sampo.core.cluster.BootstrapState.Member;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent.MemberEvent;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.apache.pekko.cluster.typed.Subscribe;

/// Hosts [BootstrapCore]. One for each node, under a well-known path: others reach it before there is a cluster.
///
/// Writes small files: on a dispatcher for blocking calls.
final class BootstrapActor {
    static final String NAME = "sampo-bootstrap";

    private static final Set<MemberStatus> IN =
            Set.of(MemberStatus.up(), MemberStatus.weaklyUp(), MemberStatus.leaving());
    private static final Duration TICK_WHEN_JOINED = Duration.ofSeconds(5);
    private static final Duration SILENCE_BEFORE_TOLD = Duration.ofSeconds(10);

    private enum Tick {
        INSTANCE
    }

    private final ActorContext<Object> context;
    private final TimerScheduler<Object> timers;
    private final Bootstrap.Setup setup;
    private final CompletableFuture<Genesis> cluster;
    private final CompletableFuture<Integer> nodeId;
    private final BootstrapCore core;
    private final Cluster pekko;
    private final long startedMs;
    private List<NodeAddress> members = List.of();
    private boolean toldOfSilence;

    private BootstrapActor(
            ActorContext<Object> context,
            TimerScheduler<Object> timers,
            Bootstrap.Setup setup,
            CompletableFuture<Genesis> cluster,
            CompletableFuture<Integer> nodeId) {
        this.context = context;
        context.setLoggerName(BootstrapActor.class);
        this.timers = timers;
        this.setup = setup;
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.pekko = Cluster.get(context.getSystem());
        this.startedMs = nowMs();
        this.core = new BootstrapCore(
                setup.settings(),
                setup.self(),
                setup.list(),
                setup.remembered(),
                setup.state(),
                () -> Uuid.randomUuid().toString(),
                ThreadLocalRandom.current().nextLong(Long.MAX_VALUE / 2));
    }

    static Behavior<Object> create(
            Bootstrap.Setup setup, CompletableFuture<Genesis> cluster, CompletableFuture<Integer> nodeId) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            BootstrapActor actor = new BootstrapActor(context, timers, setup, cluster, nodeId);
            actor.start();
            return Behaviors.receiveMessage(actor::onMessage);
        }));
    }

    private void start() {
        pekko.subscriptions().tell(Subscribe.create(context.getSelf().unsafeUpcast(), MemberEvent.class));
        timers.startTimerWithFixedDelay(
                Tick.INSTANCE, Duration.ofMillis(setup.settings().askIntervalMs()));
        carryOut(core.start(startedMs));
    }

    private Behavior<Object> onMessage(Object message) {
        switch (message) {
            case Tick _ -> {
                tellOfSilence();
                // The cluster's state may become visible only after the event that told of it.
                membersChanged();
                carryOut(core.tick(nowMs(), setup.surroundings().leaderKnown().getAsBoolean()));
            }
            case BootstrapMessage received -> carryOut(core.received(received, nowMs()));
            case MemberEvent _ -> membersChanged();
            case BootstrapEffect ours -> carryOut(List.of(ours));
            default -> context.getLog().warn("Unexpected: {}", message.getClass());
        }
        return Behaviors.same();
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void tellOfSilence() {
        if (!toldOfSilence && !cluster.isDone() && nowMs() - startedMs > SILENCE_BEFORE_TOLD.toMillis()) {
            toldOfSilence = true;
            context.getLog()
                    .warn(
                            "Not in a cluster yet; waiting for the nodes {} of sampo.cluster.bootstrap.nodes",
                            setup.list());
        }
    }

    private void membersChanged() {
        List<NodeAddress> now = new ArrayList<>();
        pekko.state().getMembers().forEach(member -> {
            if (isIn(member.status())) {
                now.add(address(member.address()));
            }
        });
        now.sort(null);
        // A node that is not up itself is not part of it yet, or not any more.
        List<NodeAddress> shown = isIn(pekko.selfMember().status()) ? now : List.of();
        if (shown.equals(members)) {
            return;
        }
        if (members.isEmpty()) {
            timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK_WHEN_JOINED);
        }
        members = shown;
        List<NodeAddress> others = new ArrayList<>(shown);
        others.remove(setup.self().address());
        if (!others.isEmpty()) {
            setup.surroundings().remember().accept(others);
        }
        carryOut(core.membersChanged(shown, nowMs()));
    }

    private static boolean isIn(MemberStatus status) {
        return IN.contains(status);
    }

    private static NodeAddress address(Address address) {
        return new NodeAddress(
                address.getHost().orElseThrow(), address.getPort().orElseThrow());
    }

    private void carryOut(List<BootstrapEffect> effects) {
        for (BootstrapEffect effect : effects) {
            switch (effect) {
                case Send send -> send(send.to(), send.message());
                case Persist persist -> setup.surroundings().save().accept(persist.state());
                case BootstrapEffect.Form _ -> {
                    pekko.manager().tell(Join.create(pekko.selfMember().address()));
                    found();
                }
                case BootstrapEffect.Join join -> {
                    context.getLog().info("Joining the cluster through {}", join.seeds());
                    pekko.manager()
                            .tell(new JoinSeedNodes(join.seeds().stream()
                                    .map(this::pekkoAddress)
                                    .toList()));
                    found();
                }
                case AssignNodeId assign -> assign(assign.node());
                case NodeIdAssigned assigned -> nodeId.complete(assigned.nodeId());
                case Refuse refuse -> refuse(refuse.message());
                case Rejoin rejoin -> setup.surroundings().leave().accept(rejoin.message());
            }
        }
    }

    private void found() {
        if (core.state() instanceof Member member) {
            cluster.complete(member.genesis());
        }
    }

    private void refuse(String message) {
        BootstrapRefused refused = new BootstrapRefused(message);
        nodeId.completeExceptionally(refused);
        if (!cluster.completeExceptionally(refused)) {
            setup.surroundings().leave().accept(message);
        }
    }

    private void assign(Genesis.Voter node) {
        var _ = setup.surroundings().nodeIds().apply(node).whenComplete((answer, failure) -> {
            if (failure != null) {
                // It asks again.
                context.getLog().debug("No id for {}: {}", node, failure.getMessage());
            } else {
                context.getSelf().tell(new Send(node.address(), answer));
            }
        });
    }

    private void send(NodeAddress to, BootstrapMessage message) {
        Adapter.toClassic(context.getSystem())
                .actorSelection(pekkoAddress(to) + "/system/" + NAME)
                .tell(message, ActorRef.noSender());
    }

    private Address pekkoAddress(NodeAddress node) {
        Address own = pekko.selfMember().address();
        return new Address(own.protocol(), own.system(), node.host(), node.port());
    }
}
