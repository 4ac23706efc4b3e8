package io.sampo.core.simulation;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.Mutants;
import io.sampo.core.partition.Mutation;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import io.sampo.core.partition.ReplicaRequest;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One life of a replica: does around the production core what the actor does around it. Persists take time; inputs
/// that may not come meanwhile wait; a truncation or a reset ends this life and begins another in the same process.
final class ReplicaShell {
    final World world;
    final SimulatedNode node;
    final ReplicaCore core;
    private final ArrayDeque<ReplicaInput> waiting = new ArrayDeque<>();
    private List<ReplicaRequest> intake = new ArrayList<>();
    private @Nullable PersistUnderWay outstanding;
    private long tickAtMs = Long.MAX_VALUE;
    private int tickVersion;
    private boolean restedAsLeader;
    private boolean ended;

    /// The files are being cut or replaced.
    private boolean replacing;

    /// What clients may read here; null: nothing.
    @Nullable
    ReadView view;

    /// The epoch in which this replica serves as leader; -1: it does not.
    int activeEpoch = -1;

    /// It came to lead in the step whose effects are to be carried out, and may lead no more by the end of that step.
    boolean becameActive;

    long leaseNumber;

    /// Of the epoch in which this replica leads, as its core told last.
    List<ReplicaId> inSync = List.of();

    /// Of the groups whose positions are kept here, while this replica leads.
    @Nullable
    SimulatedCoordinator coordinator;

    /// Of the metadata, if this is their partition, while this replica leads.
    @Nullable
    SimulatedController controller;

    /// What the core goes by.
    int minInSyncReplicas;

    /// Judges look at each move once.
    long judgedHighWatermark = -1;

    boolean judgesProducers;

    /// The newest forced epoch that the core was told of; -1: none.
    int toldForcedEpoch = -1;

    boolean opened;
    boolean offline;
    boolean closed;

    ReplicaShell(World world, SimulatedNode node) {
        this.world = world;
        this.node = node;
        this.minInSyncReplicas = world.minInSyncReplicas;
        this.core = Mutants.core(
                World.PARTITION,
                node.replicaId,
                world.scenario.settings(world.minInSyncReplicas),
                world.coreSeeds.nextLong(),
                world.scenario.planted());
    }

    // ---- life ------------------------------------------------------------------------------------------------

    /// @param before the life that ended in this process; null at the start of the process
    void open(@Nullable ReplicaShell before) {
        guarded(() -> {
            node.disk.recover(core);
            if (before != null && world.scenario.has(Mutation.PRODUCER_STATE_NOT_ROLLED_BACK)) {
                Mutants.keepProducers(before.core, core);
            }
            boolean first = node.disk.isBlank() && world.originalConfig.voters().contains(node.replicaId);
            step(new ReplicaInput.Open(
                    "orders",
                    first ? world.originalConfig : VoterSet.NONE,
                    node.bootId(),
                    world.scenario.syncsBeforeAcknowledge(),
                    node.disk.damage()));
            world.heartbeats.known(node.nodeId).forEach(this::step);
            step(world.metadata.input(node));
        });
    }

    /// @param killed a write that is under way may be there in part; one that failed writes nothing more
    void end(boolean killed) {
        ended = true;
        PersistUnderWay persist = outstanding;
        if (killed && !offline && persist != null) {
            persist.breakOff();
        }
    }

    /// Another core over what is on the disk now.
    private void succeed() {
        end(false);
        node.replicaEnds++;
        ReplicaShell next = new ReplicaShell(world, node);
        node.shell = next;
        next.open(this);
    }

    boolean isEnded() {
        return ended;
    }

    boolean isPersisting() {
        return outstanding != null;
    }

    boolean mayStoreCheckpoint() {
        return opened && !replacing && !offline && !closed && !ended && outstanding == null;
    }

    /// Clean stop, with a limit.
    void close() {
        step(new ReplicaInput.Close());
        world.agenda.after(1_000_000, () -> {
            if (node.shell == this) {
                world.nemesis.stopped(node);
            }
        });
    }

    // ---- inputs ----------------------------------------------------------------------------------------------

    void receive(ReplicaEnvelope envelope) {
        world.judges.received(this, envelope);
        step(new ReplicaInput.Received(envelope));
    }

    void request(ReplicaRequest request) {
        intake.add(request);
        if (outstanding == null) {
            step(takeIntake());
        }
    }

    private ReplicaInput.Requests takeIntake() {
        List<ReplicaRequest> taken = new ArrayList<>();
        List<ReplicaRequest> requests = intake;
        intake = new ArrayList<>(4);
        for (ReplicaRequest request : requests) {
            if (request instanceof EpochBoundAppend append && append.leaderEpoch() != activeEpoch) {
                // A leader's handle belongs to one epoch.
                world.clients.refuse(append);
            } else {
                taken.add(request);
            }
        }
        return new ReplicaInput.Requests(taken);
    }

    void step(ReplicaInput input) {
        if (ended) {
            return;
        }
        if (outstanding != null && !(input instanceof ReplicaInput.Anytime)) {
            waiting.addLast(input);
            return;
        }
        guarded(() -> stepNow(input));
    }

    private void stepNow(ReplicaInput input) {
        stepOnce(input);
        while (!ended && outstanding == null && (!waiting.isEmpty() || !intake.isEmpty())) {
            ReplicaInput next = waiting.isEmpty() ? takeIntake() : waiting.removeFirst();
            stepOnce(next);
        }
    }

    private void stepOnce(ReplicaInput input) {
        if (world.trace.isVerbose()) {
            world.trace.line(world.agenda.nowUs(), () -> node.nodeId + " <- " + Describe.input(input));
        }
        if (input instanceof ReplicaInput.SettingsChanged changed) {
            minInSyncReplicas = changed.settings().minInSyncReplicas();
        }
        if (input instanceof ReplicaInput.DesiredReplicas desired && desired.forced() != null) {
            toldForcedEpoch = desired.forced().leaderEpoch();
        }
        carryOut(core.step(input, node.nowMs()));
        afterStep(input);
    }

    private void afterStep(ReplicaInput input) {
        world.countStep();
        world.trace.mix(world.agenda.nowUs() * 31 + node.nodeId);
        world.trace.mix(core.logEndOffset() * 1_000_003 + core.highWatermark());
        world.trace.mix(Describe.kind(input));
        if (!ended) {
            world.judges.afterStep(this);
            world.images.afterStep(this);
            scheduleTick();
            boolean restsAsLeader = activeEpoch >= 0 && core.isResting();
            world.rests += restsAsLeader && !restedAsLeader ? 1 : 0;
            restedAsLeader = restsAsLeader;
        }
    }

    /// A violated check of the core is a finding.
    void guarded(Runnable action) {
        try {
            action.run();
        } catch (Invariant.Violated violated) {
            throw new Violation("run-time check of node " + node.nodeId, World.textOf(violated));
        }
    }

    private void scheduleTick() {
        long atMs = core.nextTickMs();
        if (atMs == tickAtMs || ended) {
            return;
        }
        tickAtMs = atMs;
        int version = ++tickVersion;
        if (atMs != Long.MAX_VALUE) {
            node.after(this, Math.max(1, node.untilUs(atMs)), () -> tick(version));
        }
    }

    private void tick(int version) {
        if (version == tickVersion && !ended) {
            tickAtMs = Long.MAX_VALUE;
            step(new ReplicaInput.Tick());
        }
    }

    // ---- effects ---------------------------------------------------------------------------------------------

    private void carryOut(List<ReplicaEffect> effects) {
        becameActive = effects.stream().anyMatch(ReplicaEffect.BecameActive.class::isInstance);
        world.judges.decided(this);
        for (ReplicaEffect effect : effects) {
            if (world.trace.isVerbose()) {
                world.trace.line(world.agenda.nowUs(), () -> node.nodeId + "    -> " + Describe.effect(effect));
            }
            world.judges.effect(this, effect);
            switch (effect) {
                case ReplicaEffect.Persist persist -> {
                    outstanding = new PersistUnderWay(this, persist);
                    outstanding.start();
                }
                case ReplicaEffect.Opened _ -> {
                    opened = true;
                    node.inDoubt = false;
                    node.disk.damageIsKnown();
                }
                case ReplicaEffect.AppendCompleted completed -> world.clients.completed(completed);
                case ReplicaEffect.DeleteCompleted completed -> world.clients.completed(completed);
                case ReplicaEffect.BarrierCompleted completed -> world.clients.completed(this, completed);
                case ReplicaEffect.BecameActive active -> {
                    activeEpoch = active.leaderEpoch();
                    leaseNumber = active.leaseNumber();
                    inSync = List.of(node.replicaId);
                    view = active.view();
                    world.elections++;
                    coordinate();
                }
                case ReplicaEffect.PublishView published -> view = published.view();
                case ReplicaEffect.PublishFollowerView published -> view = published.view();
                case ReplicaEffect.Resigned _ -> {
                    activeEpoch = -1;
                    view = null;
                    retireCoordinator();
                }
                case ReplicaEffect.Closed _ -> closed = true;
                case ReplicaEffect.Send send -> send(send.envelope());
                case ReplicaEffect.SendTail tail -> sendTail(tail);
                case ReplicaEffect.Truncate truncate -> {
                    replacing = true;
                    node.after(
                            this,
                            node.diskDelayUs(),
                            () -> guarded(() -> {
                                node.disk.truncate(truncate.intent());
                                world.truncations++;
                                succeed();
                            }));
                }
                case ReplicaEffect.Reset reset -> {
                    replacing = true;
                    node.after(
                            this,
                            node.diskDelayUs(),
                            () -> guarded(() -> {
                                node.disk.reset(reset.checkpoint());
                                node.committedAtReset = world.committed.end();
                                world.resets++;
                                succeed();
                            }));
                }
                case ReplicaEffect.CutDamage damage -> {
                    replacing = true;
                    node.after(
                            this,
                            node.diskDelayUs(),
                            () -> guarded(() -> {
                                node.disk.cutDamage(damage.fromOffset());
                                succeed();
                            }));
                }
                case ReplicaEffect.ConfigCommitted committed -> {
                    world.damage.settled(committed.leaderEpoch());
                    world.metadata.configCommitted(committed);
                }
                case ReplicaEffect.ReplicasChanged changed -> inSync = changed.inSync();
                case ReplicaEffect.CampaignRefused _,
                        ReplicaEffect.Alarm _,
                        ReplicaEffect.SetBack _,
                        ReplicaEffect.LeaderChanged _,
                        ReplicaEffect.TransferEnded _ -> {}
            }
        }
    }

    /// A coordinator belongs to one epoch.
    private void coordinate() {
        if (world.scenario.coordinatesGroups() && (coordinator == null || coordinator.leaderEpoch != activeEpoch)) {
            retireCoordinator();
            coordinator = new SimulatedCoordinator(this, activeEpoch);
            coordinator.start();
        }
        if (world.scenario.keepsMetadata() && (controller == null || !controller.isOf(activeEpoch))) {
            retireCoordinator();
            controller = new SimulatedController(this, world.images, activeEpoch);
            controller.start();
        }
    }

    private void retireCoordinator() {
        SimulatedCoordinator old = coordinator;
        coordinator = null;
        if (old != null) {
            old.retire();
        }
        SimulatedController oldController = controller;
        controller = null;
        if (oldController != null) {
            oldController.retire();
        }
    }

    private void send(ReplicaEnvelope envelope) {
        world.judges.sent(this, envelope);
        world.damage.sent(envelope);
        world.network.send(envelope);
    }

    private void sendTail(ReplicaEffect.SendTail tail) {
        LogTail read = new LogTail(tail);
        List<StoredBatch> log = node.disk.log();
        for (int i = LogTail.firstAtOrAfter(log, tail.fromOffset()); i < log.size(); i++) {
            read.offer(log.get(i).batch());
        }
        PersistUnderWay persist = outstanding;
        if (persist != null) {
            persist.unwrittenBatches().forEach(read::offer);
        }
        send(tail.envelope().with(((TailMessage) tail.envelope().message()).withBatches(read.batches())));
    }

    // ---- persisting ------------------------------------------------------------------------------------------

    /// The events are as durable as the topic asks.
    void persisted(List<ReplicaEvent> events) {
        world.judges.persisted(this, events);
        outstanding = null;
        stepNow(new ReplicaInput.Persisted());
        if (events.getFirst() instanceof ReplicaEvent.SetBack) {
            offline = true;
            node.replicaEnds++;
            node.foundSetBack();
        }
    }

    /// The disk failed: what was under way is unknown.
    void failed(String reason) {
        if (ended) {
            return;
        }
        offline = true;
        node.replicaEnds++;
        waiting.clear();
        guarded(() -> stepNow(new ReplicaInput.StorageFailed(reason)));
        PersistUnderWay persist = outstanding;
        if (persist != null) {
            persist.breakOff();
        }
        view = null;
        activeEpoch = -1;
        retireCoordinator();
    }
}
