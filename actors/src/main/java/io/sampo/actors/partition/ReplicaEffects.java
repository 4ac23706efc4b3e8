package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReplicaEffect;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what the core of one replica decided and that need not be persisted first: answers, the published
/// view, and what the node's directory and the partition's leader entity learn.
///
/// Thread rule: the replica only.
final class ReplicaEffects {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaEffects.class);

    private final ActorRef<Replica.Command> self;
    private final PartitionId id;
    private final String topic;
    private final ReplicaHost host;
    private final ReplicaIntake intake;

    /// Whom to tell how a campaign went.
    private @Nullable ActorRef<PartitionLeader.Command> leader;

    /// What the node's requests reach this replica by, while it leads.
    private @Nullable LocalLeaderHandle handle;

    ReplicaEffects(
            ActorRef<Replica.Command> self, PartitionId id, String topic, ReplicaHost host, ReplicaIntake intake) {
        this.self = self;
        this.id = id;
        this.topic = topic;
        this.host = host;
        this.intake = intake;
    }

    void reportTo(ActorRef<PartitionLeader.Command> newLeader) {
        leader = newLeader;
    }

    /// Carries out all that need not wait; returns what is to be persisted.
    ReplicaEffect.@Nullable Persist carryOut(List<ReplicaEffect> effects) {
        ReplicaEffect.Persist persist = null;
        for (ReplicaEffect effect : effects) {
            switch (effect) {
                case ReplicaEffect.Persist toPersist -> persist = toPersist;
                case ReplicaEffect.Immediate immediate -> carryOut(immediate);
            }
        }
        return persist;
    }

    private void carryOut(ReplicaEffect.Immediate effect) {
        switch (effect) {
            case ReplicaEffect.AppendCompleted completed -> Answers.complete(completed.request(), completed.outcome());
            case ReplicaEffect.DeleteCompleted completed ->
                Answers.complete(completed.request(), completed.error(), completed.lowWatermark());
            case ReplicaEffect.PublishView published -> {
                if (handle != null) {
                    handle.publish(published.view());
                }
            }
            case ReplicaEffect.Opened _ -> {
                host.running().put(id, self);
                host.report(new LocalReplicas.ReplicaOpened(id, self));
            }
            case ReplicaEffect.BecameActive active -> becameActive(active);
            case ReplicaEffect.CampaignRefused refused -> tellLeader(new PartitionLeader.Refused(refused.reason()));
            case ReplicaEffect.Resigned _ -> endLeadership();
            case ReplicaEffect.Closed _ -> LOG.debug("{}-{} ({}) is closed", topic, id.partition(), id);
            case ReplicaEffect.Alarm alarm -> LOG.error("{}", alarm.text());
            // Only partitions with several replicas have these, and none is created yet.
            case ReplicaEffect.Replication replication ->
                throw new IllegalStateException("a single replica wants to replicate: " + replication);
        }
    }

    private void becameActive(ReplicaEffect.BecameActive active) {
        if (handle == null) {
            PartitionLog log = host.logs()
                    .find(id)
                    .orElseThrow(() -> new IllegalStateException("no log of a recovered replica: " + id));
            handle = new LocalLeaderHandle(id, host.self().nodeId(), active.view(), log, intake);
            host.directory().started(handle);
            host.report(new LocalReplicas.ReplicaActive(id));
        }
        tellLeader(new PartitionLeader.Active(active.leaderEpoch(), active.leaseNumber()));
    }

    private void tellLeader(PartitionLeader.Command command) {
        if (leader != null) {
            leader.tell(command);
        }
    }

    void endLeadership() {
        if (handle != null) {
            host.directory().ended(handle);
            handle = null;
        }
    }
}
