package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/// Proposes the node on which Cluster Sharding placed it as the leader of one partition. It holds nothing: the
/// replica next to it decides, and the quorum. When sharding moves it, it gives leadership up first.
public final class PartitionLeader {

    public sealed interface Command {}

    /// From any node: there should be a leader.
    public enum Wake implements Command, ShardedMessage {
        INSTANCE
    }

    /// From sharding: the leader moves or the node stops.
    public enum HandOver implements Command {
        INSTANCE
    }

    record Active(int leaderEpoch, long leaseNumber) implements Command {}

    record Refused(String reason) implements Command {}

    enum Resigned implements Command {
        INSTANCE
    }

    private enum ReplicaStopped implements Command {
        INSTANCE
    }

    private final ActorContext<Command> context;
    private final PartitionId id;
    private final ReplicaHost host;
    private @Nullable ActorRef<Replica.Command> replica;
    private long leaseNumber;
    private boolean handingOver;

    private PartitionLeader(ActorContext<Command> context, PartitionId id, ReplicaHost host) {
        this.context = context;
        context.setLoggerName(PartitionLeader.class);
        this.id = id;
        this.host = host;
    }

    public static Behavior<Command> create(PartitionId id, ReplicaHost host) {
        return Behaviors.setup(context -> Behaviors.receiveMessage(new PartitionLeader(context, id, host)::onCommand));
    }

    private Behavior<Command> onCommand(Command command) {
        return switch (command) {
            case Wake _ -> wake();
            case Active active -> active(active.leaseNumber());
            case Refused refused -> {
                context.getLog().debug("{} does not lead here: {}", id, refused.reason());
                yield Behaviors.stopped();
            }
            case HandOver _ -> handOver();
            // A new campaign needs a new replica; whoever starts it wakes a new leader entity.
            case Resigned _, ReplicaStopped _ -> Behaviors.stopped();
        };
    }

    private Behavior<Command> wake() {
        if (replica != null) {
            return Behaviors.same();
        }
        RunningReplica running = host.running().get(id);
        if (running == null) {
            return Behaviors.stopped();
        }
        ActorRef<Replica.Command> local = running.actor();
        replica = local;
        context.watchWith(local, ReplicaStopped.INSTANCE);
        local.tell(new Replica.Campaign(context.getSelf()));
        return Behaviors.same();
    }

    private Behavior<Command> active(long lease) {
        leaseNumber = lease;
        return handingOver ? handOver() : Behaviors.same();
    }

    /// While the campaign still runs, waits for its outcome.
    private Behavior<Command> handOver() {
        handingOver = true;
        if (replica == null) {
            return Behaviors.stopped();
        }
        if (leaseNumber > 0) {
            replica.tell(new Replica.Resign(leaseNumber, context.getSelf()));
        }
        return Behaviors.same();
    }
}
