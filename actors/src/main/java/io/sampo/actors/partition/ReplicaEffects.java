package io.sampo.actors.partition;

import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.core.leadership.SuccessorRule;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what the core of one replica decided and that need not be persisted first: answers, messages to
/// other
/// replicas, the published views, and what the node's directory and the partition's leader entity learn.
///
/// Thread rule: the replica's driver only.
final class ReplicaEffects {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaEffects.class);

    private final ActorRef<Replica.Command> self;
    private final PartitionId id;
    private final ReplicaSpec spec;
    private final ReplicaHost host;
    private final ReplicaIntake intake;
    private final TailSender tails;
    private @Nullable RunningReplica running;

    /// Whom to tell how a campaign went.
    private @Nullable ActorRef<PartitionLeader.Command> leader;

    /// What the node's requests reach this replica by, while it leads.
    private @Nullable LocalLeaderHandle leaderHandle;

    /// What the node's readers reach this replica by, while it follows.
    private @Nullable LocalReadHandle followerHandle;

    /// Of the leader's epoch, as it told last.
    private List<ReplicaId> inSync = List.of();

    private final Map<ReplicaId, List<Consumer<Transfer>>> transfers = new HashMap<>();

    ReplicaEffects(
            ActorRef<Replica.Command> self, PartitionId id, ReplicaSpec spec, ReplicaHost host, ReplicaIntake intake) {
        this.self = self;
        this.id = id;
        this.spec = spec;
        this.host = host;
        this.intake = intake;
        this.tails = new TailSender(id, host);
    }

    void drivenBy(RunningReplica replica) {
        running = replica;
        tails.drivenBy(replica.driver());
    }

    void reportTo(ActorRef<PartitionLeader.Command> newLeader) {
        leader = newLeader;
    }

    /// What was to be persisted is.
    void persisted() {
        tails.persisted();
    }

    /// Carries out all that need not wait; returns what is to be persisted.
    ReplicaEffect.@Nullable Persist carryOut(List<ReplicaEffect> effects) {
        ReplicaEffect.Persist persist = null;
        for (int i = 0; i < effects.size(); i++) {
            try {
                switch (effects.get(i)) {
                    case ReplicaEffect.Persist toPersist -> {
                        persist = toPersist;
                        tails.persisting(toPersist.events());
                    }
                    case ReplicaEffect.Replication replication -> carryOut(replication);
                    case ReplicaEffect.Immediate immediate -> carryOut(immediate);
                }
            } catch (RuntimeException e) {
                answer(effects.subList(i + 1, effects.size()));
                throw e;
            }
        }
        return persist;
    }

    /// An effect before these failed, such as a read of the log for a follower, and the replica ends; whom the core
    /// has answered hears it all the same, because nobody else will say it.
    private void answer(List<ReplicaEffect> rest) {
        for (ReplicaEffect effect : rest) {
            switch (effect) {
                case ReplicaEffect.AppendCompleted completed -> carryOut(completed);
                case ReplicaEffect.DeleteCompleted completed -> carryOut(completed);
                case ReplicaEffect.BarrierCompleted completed -> carryOut((ReplicaEffect.Replication) completed);
                case ReplicaEffect.TransferEnded ended -> carryOut((ReplicaEffect.Replication) ended);
                default -> {}
            }
        }
    }

    private void carryOut(ReplicaEffect.Immediate effect) {
        switch (effect) {
            case ReplicaEffect.AppendCompleted completed -> Answers.complete(completed.request(), completed.outcome());
            case ReplicaEffect.DeleteCompleted completed ->
                Answers.complete(completed.request(), completed.error(), completed.lowWatermark());
            case ReplicaEffect.PublishView published -> {
                if (leaderHandle != null) {
                    leaderHandle.publish(published.view());
                }
            }
            case ReplicaEffect.Opened _ -> {
                host.opened(id, Invariant.present(running, "recovered replica"));
                host.report(new LocalReplicas.ReplicaOpened(id, self));
            }
            case ReplicaEffect.BecameActive active -> becameActive(active);
            case ReplicaEffect.CampaignRefused refused -> tellLeader(new PartitionLeader.Refused(refused.reason()));
            case ReplicaEffect.Resigned _ -> endLeadership();
            case ReplicaEffect.Closed _ -> {
                LOG.debug("{}-{} ({}) is closed", spec.topic(), id.partition(), id);
                self.tell(Replica.Closed.INSTANCE);
            }
            case ReplicaEffect.Alarm alarm -> LOG.error("{}", alarm.text());
            case ReplicaEffect.SetBack setBack -> {
                LOG.error("{}", setBack.text());
                host.setBack(id, setBack.text());
            }
            case ReplicaEffect.Replication replication -> carryOut(replication);
        }
    }

    private void carryOut(ReplicaEffect.Replication effect) {
        switch (effect) {
            case ReplicaEffect.Send send -> host.transport().send(send.envelope());
            case ReplicaEffect.SendTail tail -> tails.send(tail);
            case ReplicaEffect.Truncate truncate -> self.tell(new Replica.Renew(truncate));
            case ReplicaEffect.Reset reset -> self.tell(new Replica.Renew(reset));
            case ReplicaEffect.CutDamage damage -> self.tell(new Replica.Renew(damage));
            case ReplicaEffect.PublishFollowerView published -> publishFollower(published.view());
            case ReplicaEffect.LeaderChanged changed -> {
                LOG.debug("{} epoch {}: the leader is {}", id, changed.leaderEpoch(), changed.leader());
                host.report(new LocalReplicas.LeaderKnown(id, changed.leader() != null));
            }
            case ReplicaEffect.ReplicasChanged changed -> replicasChanged(changed);
            case ReplicaEffect.ConfigCommitted committed ->
                LOG.info(
                        "{}-{} ({}): the voters of epoch {} are {}",
                        spec.topic(),
                        id.partition(),
                        id,
                        committed.leaderEpoch(),
                        committed.config().voters());
            case ReplicaEffect.TransferEnded ended -> transferEnded(ended);
            case ReplicaEffect.BarrierCompleted completed ->
                Answers.complete(completed.request(), completed.error(), completed.highWatermark());
        }
    }

    private PartitionLog log() {
        return host.logs()
                .find(id)
                .orElseThrow(() -> new IllegalStateException("no log of a recovered replica: " + id));
    }

    // ---- leadership ------------------------------------------------------------------------------------------

    private void becameActive(ReplicaEffect.BecameActive active) {
        endFollowing();
        if (leaderHandle != null && leaderHandle.leaderEpoch() != active.leaderEpoch()) {
            // The same leader in its next epoch: those who are bound to an epoch begin anew.
            endLeadership();
        }
        if (leaderHandle == null) {
            ReplicaDriver driver =
                    Invariant.present(running, "recovered replica").driver();
            leaderHandle = new LocalLeaderHandle(
                    id,
                    active.view(),
                    log(),
                    intake,
                    barrier -> driver.step(
                            new ReplicaInput.ReadBarrier(barrier),
                            () -> Answers.complete(barrier, Errors.NOT_LEADER_OR_FOLLOWER, -1)),
                    listener ->
                            driver.look(core -> listener.accept(core.replicas()), () -> listener.accept(List.of())));
            inSync = List.of(host.self());
            // Who votes is told next; until then nobody may take this replica for the only one.
            host.directory().started(leaderHandle, leadership(active.leaderEpoch(), List.of()));
            host.report(new LocalReplicas.ReplicaActive(id));
        }
        LOG.debug("{} epoch {}: leads here", id, active.leaderEpoch());
        tellLeader(new PartitionLeader.Active(active.leaderEpoch(), active.leaseNumber()));
    }

    private Leadership leadership(int leaderEpoch, List<ReplicaId> voters) {
        return new Leadership(
                host.self().nodeId(),
                leaderEpoch,
                inSync.stream().map(ReplicaId::nodeId).toList(),
                voters.stream()
                        .map(ReplicaId::nodeId)
                        .filter(node -> !host.isReachable(node))
                        .toList(),
                voters);
    }

    private void replicasChanged(ReplicaEffect.ReplicasChanged changed) {
        inSync = changed.inSync();
        if (leaderHandle != null && leaderHandle.leaderEpoch() == changed.leaderEpoch()) {
            leaderHandle.votersAre(changed.voters());
            host.directory().board().leadHere(id, leadership(changed.leaderEpoch(), changed.voters()));
        }
    }

    private void tellLeader(PartitionLeader.Command command) {
        if (leader != null) {
            leader.tell(command);
        }
    }

    private void endLeadership() {
        if (leaderHandle != null) {
            LOG.debug("{} epoch {}: does not lead any more", id, leaderHandle.leaderEpoch());
            host.directory().ended(leaderHandle);
            leaderHandle = null;
        }
    }

    /// Who should lead after this replica; null when it does not lead or there is nobody.
    @Nullable
    ReplicaId successor(ReplicaCore core) {
        List<Integer> preference = host.specs().getOrDefault(id, spec).replicas();
        return SuccessorRule.successor(host.self(), core.successors(), preference, host::isReachable);
    }

    /// @param listener is told once how it went
    void awaitTransfer(ReplicaId target, Consumer<Transfer> listener) {
        transfers.computeIfAbsent(target, _ -> new ArrayList<>()).add(listener);
    }

    private void transferEnded(ReplicaEffect.TransferEnded ended) {
        LOG.debug("{}: leadership to {}: {}", id, ended.target(), ended.moved() ? "moved" : ended.reason());
        List<Consumer<Transfer>> waiting = transfers.remove(ended.target());
        if (waiting != null) {
            Transfer transfer = new Transfer(ended.moved(), ended.moved() ? "" : ended.reason());
            waiting.forEach(listener -> Answers.guarded(() -> listener.accept(transfer)));
        }
    }

    // ---- following -------------------------------------------------------------------------------------------

    private void publishFollower(@Nullable ReadView view) {
        if (view == null) {
            endFollowing();
        } else if (followerHandle == null) {
            followerHandle = new LocalReadHandle(id, view, log());
            host.directory().started(followerHandle);
        } else {
            followerHandle.publish(view);
        }
    }

    private void endFollowing() {
        if (followerHandle != null) {
            host.directory().ended(followerHandle);
            followerHandle = null;
        }
    }

    /// The replica is over.
    void end() {
        endLeadership();
        endFollowing();
        Transfer failed = new Transfer(false, "the replica stopped");
        transfers
                .values()
                .forEach(waiting -> waiting.forEach(listener -> Answers.guarded(() -> listener.accept(failed))));
        transfers.clear();
    }
}
