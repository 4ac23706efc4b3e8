package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaRequest;
import io.sampo.core.partition.ReplicaRole;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a recovered replica does with each command of its actor: which input the core gets, and whether the actor
/// stops.
///
/// Thread rule: the replica's actor.
final class ReplicaCommands {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private final PartitionId id;
    private final ReplicaSpec spec;
    private final ReplicaHost host;
    private final ReplicaIntake intake;
    private final ReplicaDriver driver;
    private final ReplicaEffects effects;
    private final CheckpointWriter checkpoints;
    private final OrderlyStop orderlyStop;
    private final ReplicaEnd end;

    ReplicaCommands(
            PartitionId id,
            ReplicaSpec spec,
            ReplicaHost host,
            ReplicaIntake intake,
            RunningReplica replica,
            CheckpointWriter checkpoints,
            OrderlyStop orderlyStop,
            ReplicaEnd end) {
        this.id = id;
        this.spec = spec;
        this.host = host;
        this.intake = intake;
        this.driver = replica.driver();
        this.effects = replica.effects();
        this.checkpoints = checkpoints;
        this.orderlyStop = orderlyStop;
        this.end = end;
    }

    /// It ends in good order.
    boolean isStopping() {
        return orderlyStop.isUnderWay();
    }

    /// @return true when the actor is to stop
    boolean onCommand(Replica.Command command) {
        switch (command) {
            case Replica.Start _ -> {}
            case Replica.Internal internal -> onInternal(internal);
            case Replica.StopStep step -> orderlyStop.proceed(step);
            case Replica.Closed _ -> {
                return true;
            }
            case Replica.Campaign campaign -> {
                if (orderlyStop.isLeaving()) {
                    campaign.leader().tell(new PartitionLeader.Refused("the replica stops"));
                } else {
                    driver.stepByActor(_ -> {
                        effects.reportTo(campaign.leader());
                        return new ReplicaInput.Campaign();
                    });
                }
            }
            case Replica.Resign resign ->
                orderlyStop.handOver(
                        _ -> new ReplicaInput.Resign(resign.leaseNumber()),
                        () -> resign.leader().tell(PartitionLeader.Resigned.INSTANCE));
            case Replica.UpdateSettings update ->
                driver.stepByActor(_ -> new ReplicaInput.SettingsChanged(update.settings()));
            case Replica.UpdateReplicas update -> driver.stepByActor(_ -> update.replicas());
            case Replica.StoreCheckpoint _ -> storeCheckpoint();
            case Replica.CheckpointStored stored -> checkpointStored(stored);
            case Replica.Leave _ -> orderlyStop.leave(() -> host.report(new LocalReplicas.LeadershipLeft(id)));
            case Replica.Stop _ -> orderlyStop.begin();
            case Replica.Delete _ -> {
                end.deleting();
                driver.stepByActor(core -> new ReplicaInput.Resign(core.leaseNumber()));
                return true;
            }
            case Replica.Failed failed -> {
                end.failed(failed.cause());
                return true;
            }
            case Replica.Renew renew -> {
                end.renew(renew.change());
                return true;
            }
        }
        return false;
    }

    private void onInternal(Replica.Internal command) {
        switch (command) {
            case FLUSH -> flush();
            case PERSIST -> {}
            case OPEN -> driver.stepByActor(_ -> open());
            case EXPIRE_PRODUCERS -> driver.stepByActor(_ -> new ReplicaInput.Expire());
        }
    }

    private ReplicaInput.Open open() {
        return new ReplicaInput.Open(
                spec.topic(),
                spec.initialConfig(),
                host.bootId(),
                spec.syncsBeforeAcknowledge(),
                host.files().damage(id).orElse(null));
    }

    private void flush() {
        driver.stepByActor(core -> {
            List<ReplicaRequest> requests = intake.drain(
                    host.settings().drainMaxRequests(), host.settings().drainMaxBytes(), System.nanoTime());
            requests.removeIf(
                    request -> EpochAppend.isOfAnotherEpoch(request, core.key().lastEpoch()));
            return new ReplicaInput.Requests(requests);
        });
        // Comes when the persist that this caused is done, or at once.
        driver.stepByActor(_ -> {
            intake.drained(System.nanoTime());
            return null;
        });
    }

    private void storeCheckpoint() {
        if (!orderlyStop.isUnderWay()) {
            driver.stepByActor(core -> {
                // A core that has ended waits for its files to be changed.
                if (checkpoints.mayStore() && core.role() != ReplicaRole.OFFLINE) {
                    checkpoints.store(core, host.nowMs());
                }
                return null;
            });
        }
    }

    private void checkpointStored(Replica.CheckpointStored stored) {
        driver.run(checkpoints::stored);
        if (stored.failure() != null) {
            // Recovery reads a longer tail; nothing is lost.
            LOG.warn("no checkpoint of {}-{} ({})", spec.topic(), id.partition(), id, stored.failure());
        }
        orderlyStop.checkpointStored();
    }
}
