package io.sampo.actors.metadata;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.ControllerTenure;
import io.sampo.core.metadata.ControllerTenure.Effect;
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
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Serves changes of metadata while this node leads `__cluster_metadata-0`, and keeps the node's image up to date
/// while
/// it does not.
///
/// As a follower (or observer) it reads the log as far as it is known to be committed here, and publishes the
/// image.
///
/// On leadership it reads the rest, up to its epoch's start, and carries out what a [ControllerTenure] decides. When
/// leadership or the tenure ends, all that waits fails with NOT_CONTROLLER and the state is dropped; it is read again
/// with the next tenure. A command that changes nothing is answered after a barrier, so that nobody hears from a
/// controller of yesterday; when that fails, it is for the next controller to decide.
///
/// Reads files when it loads: spawn it with `DispatcherSelector.blocking()`.
public final class Controller {
    /// The partition whose leader is the controller.
    public static final PartitionId METADATA_PARTITION = new PartitionId(Uuid.METADATA_TOPIC_ID, 0);

    private static final Duration RELOAD_DELAY = Duration.ofMillis(200);
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

    private record FollowerAdvanced(ReadHandle follower) implements Command {}

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

    private record Appended(Tenure tenure, AppendOutcome outcome) implements Command {}

    /// The leader answered whether it still led after a command that changes nothing had come.
    ///
    /// @param forward passes on to the client what was decided
    private record Confirmed(Tenure tenure, Errors error, CompletableFuture<?> client, Runnable forward)
            implements Command {}

    /// This node is not the controller, or not yet.
    static final class StandingBy extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /// @param liveNodes ids of the nodes that may get replicas, given the newest image
    /// @param maxPendingCommands commands that may wait for their commit
    /// @param maxBatchBytes largest batch of one command
    public record Settings(
            Function<MetadataImage, SortedSet<Integer>> liveNodes, int maxPendingCommands, int maxBatchBytes) {}

    /// A follower whose log is read.
    ///
    /// @param waiter one for all waits, so that it is registered at most once
    private record Following(ReadHandle handle, Runnable waiter) {}

    /// The time between the start and the end of one leadership.
    private static final class Tenure {
        final LeaderHandle leader;
        final ControllerTenure<CompletableFuture<?>> rules;

        /// To the replica; it does not answer when it is over.
        final List<CompletableFuture<?>> questions = new ArrayList<>();

        Tenure(LeaderHandle leader, ControllerTenure<CompletableFuture<?>> rules) {
            this.leader = leader;
            this.rules = rules;
        }

        /// Fails with the tenure if it is not completed before.
        void ask(CompletableFuture<?> question) {
            questions.removeIf(CompletableFuture::isDone);
            questions.add(question);
        }
    }

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ControllerCore core;
    private final LeaderView leaders;
    private final LeaderBalancer balancer;
    private final MetadataPublisher publisher;
    private final Settings settings;
    private @Nullable Tenure tenure;
    private @Nullable Following following;

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
            case Appended appended -> onAppended(appended);
            case Confirmed confirmed -> onConfirmed(confirmed);
            case Submit<?> submit -> onSubmit(submit);
            case RemoteSubmit remote -> onRemoteSubmit(remote, remote.command());
            case FollowerStarted started -> onFollowerStarted(started.follower());
            case FollowerAdvanced advanced -> follow(advanced.follower());
            case FollowerEnded _ -> {
                following = null;
                timers.cancel("follow");
            }
            case LookAtReassignments _ -> lookAtReassignments();
            case LookAtBalance _ -> lookAtBalance();
            case MoveEnded _ -> balancer.moveEnded();
        }
        return Behaviors.same();
    }

    // ---- follower ----------------------------------------------------------------------------------------------

    private void onFollowerStarted(ReadHandle handle) {
        following = new Following(handle, () -> context.getSelf().tell(new FollowerAdvanced(handle)));
        follow(handle);
    }

    /// Reads what was committed meanwhile.
    private void follow(ReadHandle handle) {
        Following now = following;
        if (tenure != null || now == null || !now.handle().equals(handle)) {
            return;
        }
        MetadataImage before = publisher.image();
        try {
            ReadView view = handle.view();
            publisher.publish(MetadataLoader.load(
                    before, handle.log()::forEachBatch, view.logStartOffset(), view.highWatermark()));
        } catch (RuntimeException e) {
            context.getLog().error("The metadata log cannot be read; trying again", e);
            timers.startSingleTimer("follow", new FollowerAdvanced(handle), RELOAD_DELAY);
            return;
        }
        handle.onNextAdvance(now.waiter());
        if (handle.view().highWatermark() > publisher.image().offset() + 1) {
            // It moved on before the waiter was there.
            context.getSelf().tell(new FollowerAdvanced(handle));
        }
    }

    // ---- leader ------------------------------------------------------------------------------------------------

    private void onStarted(LeaderHandle leader) {
        Tenure current = tenure;
        if (!leader.id().equals(METADATA_PARTITION)
                || (current != null && current.leader.leaderEpoch() >= leader.leaderEpoch())) {
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
        tenure = new Tenure(
                leader, new ControllerTenure<>(core, loaded, settings.maxPendingCommands(), settings.maxBatchBytes()));
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
        if (current != null && current.leader.leaderEpoch() <= leaderEpoch) {
            end(current);
            if (following != null) {
                follow(following.handle());
            }
        }
    }

    private void end(Tenure ending) {
        tenure = null;
        timers.cancel(LookAtReassignments.INSTANCE);
        timers.cancel(LookAtBalance.INSTANCE);
        balancer.stop();
        lookedAt = -1;
        carryOut(ending, ending.rules.end());
        // Nothing was changed by these.
        ending.questions.forEach(question -> question.completeExceptionally(new StandingBy()));
    }

    private <R> void onSubmit(Submit<R> submit) {
        Tenure current = tenure;
        if (current == null) {
            submit.answer().completeExceptionally(new StandingBy());
            return;
        }
        if (submit.command() instanceof ControllerCommand.DescribeMetadataQuorum) {
            describeQuorum(current, submit.answer());
            return;
        }
        CompletableFuture<R> decided = new CompletableFuture<>();
        List<Effect<CompletableFuture<?>>> effects;
        try {
            effects = current.rules.submit(
                    decided,
                    submit.command(),
                    settings.liveNodes().apply(current.rules.newest()),
                    System.currentTimeMillis());
        } catch (RuntimeException e) {
            context.getLog()
                    .error("Deciding {} failed", submit.command().getClass().getSimpleName(), e);
            submit.answer()
                    .completeExceptionally(
                            new UnknownServerException("The change failed; see the log of the controller."));
            return;
        }
        Runnable forward = () -> forward(decided, submit.answer());
        if (current.leader.leadsAlone() || effects.stream().anyMatch(Effect.Append.class::isInstance)) {
            forward.run();
        } else {
            // No commit will show that this is still the controller.
            current.ask(submit.answer());
            current.leader.barrier(
                    (error, _) -> context.getSelf().tell(new Confirmed(current, error, submit.answer(), forward)));
        }
        carryOut(current, effects);
    }

    private static <R> void forward(CompletableFuture<R> decided, CompletableFuture<R> client) {
        var _ = decided.whenComplete((response, failure) -> {
            if (failure == null) {
                client.complete(response);
            } else {
                client.completeExceptionally(failure);
            }
        });
    }

    private static void onConfirmed(Confirmed confirmed) {
        if (confirmed.error() == Errors.NONE && !confirmed.tenure().rules.isOver()) {
            confirmed.forward().run();
        } else {
            confirmed.client().completeExceptionally(new StandingBy());
        }
    }

    @SuppressWarnings("unchecked") // each command's answer has the command's own type
    private void carryOut(Tenure current, List<Effect<CompletableFuture<?>>> effects) {
        for (Effect<CompletableFuture<?>> effect : effects) {
            switch (effect) {
                case Effect.Append<CompletableFuture<?>> append ->
                    current.leader.append(new Append(
                            append.batch(),
                            Append.Origin.COORDINATOR,
                            (short) -1,
                            outcome -> context.getSelf().tell(new Appended(current, outcome))));
                case Effect.Publish<CompletableFuture<?>> publish -> publisher.publish(publish.image());
                case Effect.Answer<CompletableFuture<?>> answer ->
                    ((CompletableFuture<Object>) answer.question()).complete(answer.response());
                case Effect.Refuse<CompletableFuture<?>> refuse ->
                    refuse.question().completeExceptionally(refuse.error().exception(refuse.message()));
                case Effect.Warn<CompletableFuture<?>> warn -> context.getLog().warn("{}", warn.warning());
                case Effect.ReadAgain<CompletableFuture<?>> again -> {
                    context.getLog().warn("Metadata could not be written: {}; reading the log again", again.reason());
                    end(current);
                    // If this node still leads, what was decided but not written must be forgotten.
                    timers.startSingleTimer("load", new Started(current.leader), RELOAD_DELAY);
                }
            }
        }
    }

    /// Nothing to decide: the replica of the metadata partition knows.
    @SuppressWarnings("unchecked") // the answer is of the command's own type
    private <R> void describeQuorum(Tenure current, CompletableFuture<R> answer) {
        MetadataImage image = current.rules.newest();
        current.ask(answer);
        current.leader.replicas(replicas ->
                answer.complete((R) QuorumDescription.of(image, core.nodeId(), current.leader.view(), replicas)));
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
        if (current == null || !current.rules.isIdle()) {
            return;
        }
        if (current.rules.newest().offset() != lookedAt) {
            moving = ControllerCore.reassigning(current.rules.newest());
            lookedAt = current.rules.newest().offset();
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
                current.rules.newest(),
                leaders,
                settings.liveNodes().apply(current.rules.newest())::contains,
                core.balance().imbalancePercentage());
        if (!moves.isEmpty()) {
            context.getLog().info("Leadership of {} partitions goes back to the preferred nodes", moves.size());
            balancer.move(moves);
        }
    }

    private void onAppended(Appended appended) {
        carryOut(appended.tenure(), appended.tenure().rules.appended(appended.outcome()));
    }
}
