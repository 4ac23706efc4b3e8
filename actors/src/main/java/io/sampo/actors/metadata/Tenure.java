package io.sampo.actors.metadata;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.ControllerTenure;
import io.sampo.core.metadata.ControllerTenure.Effect;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.partition.AppendOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/// The time between the start and the end of one leadership of the metadata partition: carries out what a
/// [ControllerTenure] decides about the commands that come.
///
/// When it ends, all that waits fails with NOT_CONTROLLER. A command that changes nothing is answered after a barrier,
/// so that nobody hears from a controller of yesterday; when that fails, it is for the next controller to decide.
///
/// Thread rule: the actor of the [Controller].
final class Tenure {
    private final ActorContext<Controller.Command> context;
    private final LeaderHandle leader;
    private final ControllerCore core;
    private final MetadataPublisher publisher;
    private final Controller.Settings settings;
    private final Consumer<Tenure> readAgain;
    private final ControllerTenure<CompletableFuture<?>> rules;

    /// To the replica; it does not answer when it is over.
    private final List<CompletableFuture<?>> questions = new ArrayList<>();

    /// @param loaded the image of all that was committed before
    /// @param readAgain called when metadata could not be written: this tenure is to end
    Tenure(
            ActorContext<Controller.Command> context,
            LeaderHandle leader,
            ControllerCore core,
            MetadataImage loaded,
            MetadataPublisher publisher,
            Controller.Settings settings,
            Consumer<Tenure> readAgain) {
        this.context = context;
        this.leader = leader;
        this.core = core;
        this.publisher = publisher;
        this.settings = settings;
        this.readAgain = readAgain;
        this.rules = new ControllerTenure<>(core, loaded, settings.maxPendingCommands(), settings.maxBatchBytes());
    }

    LeaderHandle leader() {
        return leader;
    }

    int leaderEpoch() {
        return leader.leaderEpoch();
    }

    /// The image with all that was decided, committed or not.
    MetadataImage newest() {
        return rules.newest();
    }

    boolean isIdle() {
        return rules.isIdle();
    }

    /// All that waits fails.
    void end() {
        carryOut(rules.end());
        // Nothing was changed by these.
        questions.forEach(question -> question.completeExceptionally(new Controller.StandingBy()));
    }

    /// @param answer completed on the controller's thread; fails with [Controller.StandingBy] when nothing was decided
    <R> void submit(ControllerCommand<R> command, CompletableFuture<R> answer) {
        if (command instanceof ControllerCommand.DescribeMetadataQuorum) {
            describeQuorum(answer);
            return;
        }
        CompletableFuture<R> decided = new CompletableFuture<>();
        List<Effect<CompletableFuture<?>>> effects;
        try {
            effects = rules.submit(
                    decided, command, settings.liveNodes().apply(rules.newest()), System.currentTimeMillis());
        } catch (RuntimeException e) {
            context.getLog().error("Deciding {} failed", command.getClass().getSimpleName(), e);
            answer.completeExceptionally(
                    new UnknownServerException("The change failed; see the log of the controller."));
            return;
        }
        Runnable forward = () -> forward(decided, answer);
        if (leader.leadsAlone() || effects.stream().anyMatch(Effect.Append.class::isInstance)) {
            forward.run();
        } else {
            // No commit will show that this is still the controller.
            ask(answer);
            leader.barrier(
                    (error, _) -> context.getSelf().tell(new Controller.Confirmed(this, error, answer, forward)));
        }
        carryOut(effects);
    }

    /// Fails with the tenure if it is not completed before.
    private void ask(CompletableFuture<?> question) {
        questions.removeIf(CompletableFuture::isDone);
        questions.add(question);
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

    /// Passes on what was decided if this was still the controller then.
    void confirmed(Controller.Confirmed confirmed) {
        if (confirmed.error() == Errors.NONE && !rules.isOver()) {
            confirmed.forward().run();
        } else {
            confirmed.client().completeExceptionally(new Controller.StandingBy());
        }
    }

    @SuppressWarnings("unchecked") // each command's answer has the command's own type
    private void carryOut(List<Effect<CompletableFuture<?>>> effects) {
        for (Effect<CompletableFuture<?>> effect : effects) {
            switch (effect) {
                case Effect.Append<CompletableFuture<?>> append ->
                    leader.append(new Append(
                            append.batch(),
                            Append.Origin.COORDINATOR,
                            (short) -1,
                            outcome -> context.getSelf().tell(new Controller.Appended(this, outcome))));
                case Effect.Publish<CompletableFuture<?>> publish -> publisher.publish(publish.image());
                case Effect.Answer<CompletableFuture<?>> answer ->
                    ((CompletableFuture<Object>) answer.question()).complete(answer.response());
                case Effect.Refuse<CompletableFuture<?>> refuse ->
                    refuse.question().completeExceptionally(refuse.error().exception(refuse.message()));
                case Effect.Warn<CompletableFuture<?>> warn -> context.getLog().warn("{}", warn.warning());
                case Effect.ReadAgain<CompletableFuture<?>> again -> {
                    context.getLog().warn("Metadata could not be written: {}; reading the log again", again.reason());
                    readAgain.accept(this);
                }
            }
        }
    }

    /// Nothing to decide: the replica of the metadata partition knows.
    @SuppressWarnings("unchecked") // the answer is of the command's own type
    private <R> void describeQuorum(CompletableFuture<R> answer) {
        MetadataImage image = rules.newest();
        ask(answer);
        leader.replicas(
                replicas -> answer.complete((R) QuorumDescription.of(image, core.nodeId(), leader.view(), replicas)));
    }

    void appended(AppendOutcome outcome) {
        carryOut(rules.appended(outcome));
    }
}
