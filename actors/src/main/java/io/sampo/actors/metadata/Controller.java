package io.sampo.actors.metadata;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.LeaderBalance;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataLoader;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Serves changes of metadata while this node leads `__cluster_metadata-0`, and keeps the node's image up to date
/// while it does not.
///
/// As a follower (or observer) it has the [MetadataFollower] publish the image. On leadership it reads the rest, up to
/// its epoch's start; then a [Tenure] serves what is submitted. When leadership or the tenure ends, the state is
/// dropped; it is read again with the next tenure.
///
/// Here is decided which of the two it is, and when to look at reassignments and at the balance of leaders.
///
/// Reads files when it loads: spawn it with `DispatcherSelector.blocking()`.
public final class Controller {
    /// The partition whose leader is the controller.
    public static final PartitionId METADATA_PARTITION = new PartitionId(Uuid.METADATA_TOPIC_ID, 0);

    static final Duration RELOAD_DELAY = Duration.ofMillis(200);
    private static final Duration UNREADABLE_DELAY = Duration.ofSeconds(1);
    private static final Duration REASSIGNMENT_INTERVAL = Duration.ofMillis(500);

    public sealed interface Command {}

    /// @param answer completed on the controller's thread; fails with [StandingBy] when nothing was decided
    record Submit<R>(ControllerCommand<R> command, CompletableFuture<R> answer) implements Command {}

    /// From another node. The answer rests on the image that this node has published when it is sent.
    record RemoteSubmit(long id, ControllerCommand<?> command, ActorRef<ControllerGateway.Command> replyTo)
            implements Command, ControllerMessage {}

    private record Started(LeaderHandle leader) implements Command {}

    private record Ended(int leaderEpoch) implements Command {}

    private record FollowerStarted(ReadHandle follower) implements Command {}

    record FollowerAdvanced(ReadHandle follower) implements Command {}

    private enum FollowerEnded implements Command {
        INSTANCE
    }

    /// Looks whether voters have come to where metadata want them.
    private enum LookAtReassignments implements Command {
        INSTANCE
    }

    /// Looks whether leaders are where they are preferred.
    private enum LookAtBalance implements Command {
        INSTANCE
    }

    private enum MoveEnded implements Command {
        INSTANCE
    }

    record Appended(Tenure tenure, AppendOutcome outcome) implements Command {}

    /// The leader answered whether it still led after a command that changes nothing had come.
    ///
    /// @param forward passes on to the client what was decided
    record Confirmed(Tenure tenure, Errors error, CompletableFuture<?> client, Runnable forward) implements Command {}

    /// This node is not the controller, or not yet.
    static final class StandingBy extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /// @param liveNodes ids of the nodes that may get replicas, given the newest image
    /// @param maxPendingCommands commands that may wait for their commit
    /// @param maxBatchBytes largest batch of one command
    public record Settings(
            Function<MetadataImage, SortedSet<Integer>> liveNodes, int maxPendingCommands, int maxBatchBytes) {}

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ControllerCore core;
    private final LeaderView leaders;
    private final LeaderBalancer balancer;
    private final MetadataPublisher publisher;
    private final Settings settings;
    private final MetadataFollower follower;
    private @Nullable Tenure tenure;

    /// Partitions on the move in the image of the offset `lookedAt`.
    private List<PartitionId> moving = List.of();

    private long lookedAt = -1;

    private Controller(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            LeaderDirectory leaders,
            ControllerCore core,
            MetadataPublisher publisher,
            Settings settings) {
        this.context = context;
        context.setLoggerName(Controller.class);
        this.timers = timers;
        this.leaders = leaders;
        this.balancer = new LeaderBalancer(leaders, () -> context.getSelf().tell(MoveEnded.INSTANCE));
        this.core = core;
        this.publisher = publisher;
        this.settings = settings;
        this.follower = new MetadataFollower(context, timers, publisher);
    }

    public static Behavior<Command> create(
            LeaderDirectory directory, ControllerCore core, MetadataPublisher publisher, Settings settings) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            directory.subscribe(Topic.CLUSTER_METADATA_TOPIC_NAME, new LeaderDirectory.LeadershipListener() {
                @Override
                public void started(LeaderHandle leader) {
                    context.getSelf().tell(new Started(leader));
                }

                @Override
                public void ended(PartitionId id, int leaderEpoch) {
                    context.getSelf().tell(new Ended(leaderEpoch));
                }
            });
            directory
                    .local(METADATA_PARTITION)
                    .ifPresent(leader -> context.getSelf().tell(new Started(leader)));
            directory.subscribeFollower(Topic.CLUSTER_METADATA_TOPIC_NAME, new LeaderDirectory.FollowerListener() {
                @Override
                public void started(ReadHandle follower) {
                    context.getSelf().tell(new FollowerStarted(follower));
                }

                @Override
                public void ended(PartitionId id) {
                    context.getSelf().tell(FollowerEnded.INSTANCE);
                }
            });
            Controller controller = new Controller(context, timers, directory, core, publisher, settings);
            return Behaviors.receiveMessage(controller::onCommand);
        }));
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Started started -> onStarted(started.leader());
            case Ended ended -> onEnded(ended.leaderEpoch());
            case Appended appended -> appended.tenure().appended(appended.outcome());
            case Confirmed confirmed -> confirmed.tenure().confirmed(confirmed);
            case Submit<?> submit -> onSubmit(submit);
            case RemoteSubmit remote -> onRemoteSubmit(remote, remote.command());
            case FollowerStarted started -> {
                follower.started(started.follower());
                follow(started.follower());
            }
            case FollowerAdvanced advanced -> follow(advanced.follower());
            case FollowerEnded _ -> follower.ended();
            case LookAtReassignments _ -> lookAtReassignments();
            case LookAtBalance _ -> lookAtBalance();
            case MoveEnded _ -> balancer.moveEnded();
        }
        return Behaviors.same();
    }

    // ---- follower ----------------------------------------------------------------------------------------------

    private void follow(ReadHandle handle) {
        if (tenure == null) {
            follower.follow(handle);
        }
    }

    // ---- leader ------------------------------------------------------------------------------------------------

    private void onStarted(LeaderHandle leader) {
        Tenure current = tenure;
        if (!leader.id().equals(METADATA_PARTITION)
                || (current != null && current.leaderEpoch() >= leader.leaderEpoch())) {
            return;
        }
        if (current != null) {
            end(current);
        }
        ReadView view = leader.view();
        if (view.highWatermark() < view.logEndOffset()) {
            // An older leader's tail: committed with this epoch's marker, or soon. Not before is the image complete.
            timers.startSingleTimer("load", new Started(leader), RELOAD_DELAY);
            return;
        }
        MetadataImage loaded;
        try {
            loaded = MetadataLoader.load(
                    publisher.image(), leader.log()::forEachBatch, view.logStartOffset(), view.highWatermark());
            Invariant.check(
                    loaded.offset() == view.highWatermark() - 1,
                    "the metadata log ends at %d, and %d was committed",
                    view.highWatermark(),
                    loaded.offset());
        } catch (RuntimeException e) {
            // This node leads, so nobody else is the controller meanwhile.
            context.getLog().error("The metadata log cannot be read; trying again", e);
            timers.startSingleTimer("load", new Started(leader), UNREADABLE_DELAY);
            return;
        }
        context.getLog()
                .info(
                        "Controller of epoch {}: {} topics, {} nodes at offset {}",
                        leader.leaderEpoch(),
                        loaded.topics().size(),
                        loaded.nodes().size(),
                        loaded.offset());
        tenure = new Tenure(context, leader, core, loaded, publisher, settings, this::readAgain);
        publisher.publish(loaded);
        timers.startTimerWithFixedDelay(LookAtReassignments.INSTANCE, REASSIGNMENT_INTERVAL);
        if (core.balance().isEnabled()) {
            timers.startTimerWithFixedDelay(
                    LookAtBalance.INSTANCE, Duration.ofMillis(core.balance().checkIntervalMs()));
        }
    }

    private void onEnded(int leaderEpoch) {
        timers.cancel("load");
        Tenure current = tenure;
        if (current != null && current.leaderEpoch() <= leaderEpoch) {
            end(current);
            follower.followAgain();
        }
    }

    private void end(Tenure ending) {
        tenure = null;
        timers.cancel(LookAtReassignments.INSTANCE);
        timers.cancel(LookAtBalance.INSTANCE);
        balancer.stop();
        lookedAt = -1;
        ending.end();
    }

    /// If this node still leads, what was decided but not written must be forgotten.
    private void readAgain(Tenure failed) {
        end(failed);
        timers.startSingleTimer("load", new Started(failed.leader()), RELOAD_DELAY);
    }

    private <R> void onSubmit(Submit<R> submit) {
        Tenure current = tenure;
        if (current == null) {
            submit.answer().completeExceptionally(new StandingBy());
            return;
        }
        current.submit(submit.command(), submit.answer());
    }

    private <R> void onRemoteSubmit(RemoteSubmit remote, ControllerCommand<R> command) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        var _ = answer.whenComplete((response, failure) ->
                remote.replyTo().tell(new ControllerGateway.Answered(remote.id(), outcome(response, failure))));
        onSubmit(new Submit<>(command, answer));
    }

    private ControllerOutcome outcome(@Nullable Object response, @Nullable Throwable failure) {
        if (failure instanceof StandingBy) {
            return new ControllerOutcome.StandingBy();
        }
        if (response == null) {
            return new ControllerOutcome.Refused(
                    Errors.forException(failure), failure == null ? "" : String.valueOf(failure.getMessage()));
        }
        return new ControllerOutcome.Done(response, publisher.image().offset());
    }

    /// Reassignments end here: when the voters of a partition are those that are wanted.
    private void lookAtReassignments() {
        Tenure current = tenure;
        if (current == null || !current.isIdle()) {
            return;
        }
        if (current.newest().offset() != lookedAt) {
            moving = ControllerCore.reassigning(current.newest());
            lookedAt = current.newest().offset();
        }
        List<ControllerCommand.Settled> settled = new ArrayList<>();
        for (PartitionId id : moving) {
            leaders.leadership(id)
                    .filter(leadership -> !leadership.voters().isEmpty())
                    .ifPresent(leadership -> settled.add(new ControllerCommand.Settled(id, leadership.voters())));
        }
        if (!settled.isEmpty()) {
            onSubmit(new Submit<>(new ControllerCommand.CompleteReassignments(settled), new CompletableFuture<>()));
        }
    }

    private void lookAtBalance() {
        Tenure current = tenure;
        if (current == null || balancer.isBusy()) {
            return;
        }
        List<LeaderBalance.Move> moves = LeaderBalance.moves(
                current.newest(),
                leaders,
                settings.liveNodes().apply(current.newest())::contains,
                core.balance().imbalancePercentage());
        if (!moves.isEmpty()) {
            context.getLog().info("Leadership of {} partitions goes back to the preferred nodes", moves.size());
            balancer.move(moves);
        }
    }
}
