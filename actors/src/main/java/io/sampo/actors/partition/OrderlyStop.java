package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaRole;
import java.time.Duration;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/// How one replica gives leadership away, and ends without a loose end: it hands leadership over, stores a checkpoint
/// if that helps the next start, and closes its log. Whatever does not come to an end in time is cut short by
/// [Replica.StopStep#CLOSE].
///
/// Thread rule: the replica's actor.
final class OrderlyStop {

    private final ActorContext<Replica.Command> context;
    private final PartitionId id;
    private final ActorRef<Replica.Command> self;
    private final ReplicaDriver driver;
    private final ReplicaEffects effects;
    private final CheckpointWriter checkpoints;
    private final ReplicaHost host;
    private boolean leaving;
    private boolean stopping;
    private boolean handedOver;
    private boolean closing;

    OrderlyStop(
            ActorContext<Replica.Command> context,
            PartitionId id,
            RunningReplica replica,
            CheckpointWriter checkpoints,
            ReplicaHost host) {
        this.context = context;
        this.id = id;
        this.self = replica.actor();
        this.driver = replica.driver();
        this.effects = replica.effects();
        this.checkpoints = checkpoints;
        this.host = host;
    }

    /// It has begun: no checkpoints but its own.
    boolean isUnderWay() {
        return stopping;
    }

    /// Somebody else shall lead: no campaigns.
    boolean isLeaving() {
        return leaving || stopping;
    }

    /// Sees that somebody else leads, if anybody can; the replica goes on as a follower, which the new leader may need
    /// for its majority.
    ///
    /// @param afterwards runs when the new leader is known on this node, or will not be soon
    void leave(Runnable afterwards) {
        leaving = true;
        driver.stepByActor(core -> {
            if (effects.successor(core) == null) {
                afterwards.run();
            } else {
                // In a step of its own: in this one the end of the leadership is not known outside yet.
                handOver(
                        now -> new ReplicaInput.Resign(now.leaseNumber()),
                        () -> driver.run(() -> host.directory().whenLeaderKnown(id, afterwards)));
            }
            return null;
        });
    }

    void begin() {
        if (stopping) {
            return;
        }
        stopping = true;
        Duration closeTimeout = host.settings().closeTimeout();
        context.scheduleOnce(closeTimeout, self, Replica.StopStep.CLOSE);
        handOver(core -> new ReplicaInput.Resign(core.leaseNumber()), () -> self.tell(Replica.StopStep.HANDED_OVER));
    }

    void proceed(Replica.StopStep step) {
        switch (step) {
            case HANDED_OVER -> handedOver();
            case CLOSE -> close();
        }
    }

    /// Gives leadership to a replica that is in sync; where there is none, or it does not take over in time, gives it
    /// up.
    ///
    /// @param resign gives leadership up
    /// @param afterwards runs when this replica does not lead any more
    void handOver(Function<ReplicaCore, @Nullable ReplicaInput> resign, Runnable afterwards) {
        driver.stepByActor(core -> {
            Runnable giveUp = () -> {
                // Leadership ends with the replica, too.
                driver.step(resign, () -> {});
                driver.step(
                        _ -> {
                            afterwards.run();
                            return null;
                        },
                        afterwards);
            };
            ReplicaId successor = effects.successor(core);
            if (successor == null) {
                giveUp.run();
                return null;
            }
            effects.awaitTransfer(successor, transfer -> {
                if (transfer.moved()) {
                    afterwards.run();
                } else {
                    giveUp.run();
                }
            });
            return new ReplicaInput.TransferLeadership(successor);
        });
    }

    /// What is left to do before the log is closed: a checkpoint, if it helps the next start.
    private void handedOver() {
        handedOver = true;
        driver.stepByActor(core -> {
            if (!checkpoints.mayStore()) {
                // One is under way, and says when it is stored.
                return null;
            }
            if (checkpoints.isWorthwhile() && core.role() != ReplicaRole.OFFLINE) {
                checkpoints.store(core, host.nowMs());
            } else {
                self.tell(Replica.StopStep.CLOSE);
            }
            return null;
        });
    }

    void checkpointStored() {
        if (handedOver) {
            close();
        }
    }

    /// The core says when it is closed.
    private void close() {
        if (!closing) {
            closing = true;
            driver.stepByActor(_ -> new ReplicaInput.Close());
        }
    }
}
