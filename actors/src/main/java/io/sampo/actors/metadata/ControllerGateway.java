package io.sampo.actors.metadata;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.LeaderView;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;

/// The node's way to the controller, on whichever node that is. One actor, because answers come back as messages.
///
/// - While nobody is known to lead the metadata partition, or its node stands by or cannot be reached, nothing was
///   decided: the command is offered again until its time is over, then it fails with NOT_CONTROLLER.
/// - When no answer comes, or the controller's time ended before the commit, the outcome is unknown. Commands that may
///   be told twice are told again; others fail with NOT_CONTROLLER, and whoever asked looks what became of them.
/// - An answer is passed on when this node's own image shows what it rests on; at the command's deadline at the
///     latest,
///   since it is committed.
public final class ControllerGateway {
    /// Actor of each node that takes commands from other nodes.
    public static final String CONTROLLER_NAME = "sampo-controller";

    private static final String NODE_ROLE_PREFIX = "sampo-node-";
    private static final String GATEWAY_NAME = "sampo-controller-gateway";

    public sealed interface Command {}

    private record Ask<R>(ControllerCommand<R> command, CompletableFuture<R> answer) implements Command {}

    /// From the controller of another node.
    record Answered(long id, ControllerOutcome outcome) implements Command, ControllerMessage {}

    private record AnsweredHere(
            long id, @Nullable Object response, @Nullable Throwable failure) implements Command {}

    private record Again(long id) implements Command {}

    private record NoAnswer(long id, int attempt) implements Command {}

    private record ImageReached(long id) implements Command {}

    /// @param maxWait how long a command may take in all
    /// @param retryDelay before a command is offered again
    /// @param answerTimeout how long another node may take to answer before the outcome counts as unknown
    /// @param repeatTimeout likewise of commands that may be told twice
    /// @param maxOutstanding commands of this node that may wait for answers
    public record Settings(
            Duration maxWait, Duration retryDelay, Duration answerTimeout, Duration repeatTimeout, int maxOutstanding) {

        public Settings(Duration maxWait, int maxOutstanding) {
            this(maxWait, Duration.ofMillis(50), Duration.ofSeconds(10), Duration.ofSeconds(2), maxOutstanding);
        }
    }

    /// One command until its answer.
    private static final class Outstanding<R> {
        final ControllerCommand<R> command;
        final CompletableFuture<R> answer;
        final long deadlineNanos;
        int attempt;
        boolean decided;

        @Nullable
        Object response;

        Outstanding(Ask<R> ask, long deadlineNanos) {
            this.command = ask.command();
            this.answer = ask.answer();
            this.deadlineNanos = deadlineNanos;
        }

        @SuppressWarnings("unchecked") // each command's answer has the command's own type
        void complete(Object result) {
            answer.complete((R) result);
        }
    }

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final int ownNodeId;
    private final ActorRef<Controller.Command> ownController;
    private final LeaderView leaders;
    private final IntFunction<Optional<Address>> addresses;
    private final MetadataPublisher publisher;
    private final Settings settings;
    private final ActorRefResolver resolver;
    private final Map<Long, Outstanding<?>> outstanding = new HashMap<>();
    private long lastId;

    private ControllerGateway(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            int ownNodeId,
            ActorRef<Controller.Command> ownController,
            LeaderView leaders,
            IntFunction<Optional<Address>> addresses,
            MetadataPublisher publisher,
            Settings settings) {
        this.context = context;
        this.timers = timers;
        this.ownNodeId = ownNodeId;
        this.ownController = ownController;
        this.leaders = leaders;
        this.addresses = addresses;
        this.publisher = publisher;
        this.settings = settings;
        this.resolver = ActorRefResolver.get(context.getSystem());
    }

    /// Starts the node's gateway. The node's controller must be a system actor named [#CONTROLLER_NAME].
    ///
    /// @param ownController of this node
    /// @param leaders who leads the metadata partition
    /// @param addresses of the actor systems of other nodes; empty while unknown
    /// @param publisher of this node's images
    public static ControllerClient start(
            ActorSystem<?> system,
            int ownNodeId,
            ActorRef<Controller.Command> ownController,
            LeaderView leaders,
            IntFunction<Optional<Address>> addresses,
            MetadataPublisher publisher,
            Settings settings) {
        Behavior<Command> behavior = Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            ControllerGateway gateway = new ControllerGateway(
                    context, timers, ownNodeId, ownController, leaders, addresses, publisher, settings);
            return Behaviors.receiveMessage(gateway::onCommand);
        }));
        ActorRef<Command> gateway = system.systemActorOf(behavior, GATEWAY_NAME, Props.empty());
        return new ControllerClient() {
            @Override
            public <R> CompletionStage<R> submit(ControllerCommand<R> command) {
                CompletableFuture<R> answer = new CompletableFuture<>();
                gateway.tell(new Ask<>(command, answer));
                return answer;
            }
        };
    }

    /// Addresses of the Pekko cluster's members, by their role `sampo-node-<id>`.
    public static IntFunction<Optional<Address>> members(ActorSystem<?> system) {
        Cluster cluster = Cluster.get(system);
        return nodeId -> {
            String role = NODE_ROLE_PREFIX + nodeId;
            for (Member member : cluster.state().getMembers()) {
                if (member.hasRole(role)) {
                    return Optional.of(member.address());
                }
            }
            return Optional.empty();
        };
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Ask<?> ask -> onAsk(ask);
            case Answered answered -> onOutcome(answered.id(), answered.outcome());
            case AnsweredHere here -> onAnsweredHere(here);
            case Again again -> offer(again.id());
            case NoAnswer none -> onNoAnswer(none);
            case ImageReached reached -> finish(reached.id());
        }
        return Behaviors.same();
    }

    private <R> void onAsk(Ask<R> ask) {
        if (outstanding.size() >= settings.maxOutstanding()) {
            ask.answer()
                    .completeExceptionally(
                            new ThrottlingQuotaExceededException("Too many changes of metadata wait; try again."));
            return;
        }
        long id = ++lastId;
        outstanding.put(
                id,
                new Outstanding<>(ask, System.nanoTime() + settings.maxWait().toNanos()));
        offer(id);
    }

    /// Tells the command to whoever is the controller now.
    private void offer(long id) {
        Outstanding<?> asked = outstanding.get(id);
        if (asked == null || asked.decided) {
            return;
        }
        Optional<Integer> node =
                leaders.leadership(Controller.METADATA_PARTITION).map(LeaderView.Leadership::nodeId);
        if (node.isEmpty()) {
            later(id, asked);
        } else if (node.get() == ownNodeId) {
            asked.attempt++;
            submitHere(id, asked.command);
        } else {
            Optional<Address> address = addresses.apply(node.get());
            if (address.isEmpty()) {
                later(id, asked);
            } else {
                asked.attempt++;
                ActorRef<Controller.Command> controller =
                        resolver.resolveActorRef(address.get() + "/system/" + CONTROLLER_NAME);
                controller.tell(new Controller.RemoteSubmit(id, asked.command, context.getSelf()));
                timers.startSingleTimer(id, new NoAnswer(id, asked.attempt), answerTimeout(asked));
            }
        }
    }

    private <R> void submitHere(long id, ControllerCommand<R> command) {
        CompletableFuture<R> attempt = new CompletableFuture<>();
        var _ = attempt.whenComplete(
                (response, failure) -> context.getSelf().tell(new AnsweredHere(id, response, failure)));
        ownController.tell(new Controller.Submit<>(command, attempt));
    }

    private Duration answerTimeout(Outstanding<?> asked) {
        Duration timeout = mayBeRepeated(asked.command) ? settings.repeatTimeout() : settings.answerTimeout();
        Duration left = Duration.ofNanos(Math.max(0, asked.deadlineNanos - System.nanoTime()));
        return left.compareTo(timeout) < 0 ? left : timeout;
    }

    /// A creation carries the ids of its topics, so that the second one is known for what it is.
    private static boolean mayBeRepeated(ControllerCommand<?> command) {
        return command instanceof ControllerCommand.CreateTopics
                || command instanceof ControllerCommand.RegisterNode
                || command instanceof ControllerCommand.AllocateProducerIds
                || command instanceof ControllerCommand.DescribeMetadataQuorum;
    }

    private void later(long id, Outstanding<?> asked) {
        if (isOver(asked)) {
            fail(id, new NotControllerException("There is no controller at the moment."));
        } else {
            timers.startSingleTimer(id, new Again(id), settings.retryDelay());
        }
    }

    private static boolean isOver(Outstanding<?> asked) {
        return System.nanoTime() - asked.deadlineNanos >= 0;
    }

    private void onAnsweredHere(AnsweredHere here) {
        Outstanding<?> asked = outstanding.get(here.id());
        if (asked == null || asked.decided) {
            return;
        }
        Throwable failure = here.failure();
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause == null && here.response() != null) {
            // The image was published before the answer was given.
            outstanding.remove(here.id());
            asked.complete(here.response());
        } else if (cause instanceof Controller.StandingBy) {
            later(here.id(), asked);
        } else if (cause instanceof NotControllerException && mayBeRepeated(asked.command)) {
            later(here.id(), asked);
        } else {
            fail(here.id(), cause == null ? new IllegalStateException("no answer of the controller") : cause);
        }
    }

    private void onOutcome(long id, ControllerOutcome outcome) {
        Outstanding<?> asked = outstanding.get(id);
        if (asked == null || asked.decided) {
            return;
        }
        timers.cancel(id);
        switch (outcome) {
            case ControllerOutcome.StandingBy _ -> later(id, asked);
            case ControllerOutcome.Refused refused
            when refused.error() == Errors.NOT_CONTROLLER && mayBeRepeated(asked.command) -> later(id, asked);
            case ControllerOutcome.Refused refused ->
                fail(id, Errors.forCode(refused.error().code()).exception(refused.message()));
            case ControllerOutcome.Done done -> {
                asked.decided = true;
                asked.response = done.response();
                long leftNanos = Math.max(0, asked.deadlineNanos - System.nanoTime());
                timers.startSingleTimer(id, new ImageReached(id), Duration.ofNanos(leftNanos));
                var _ = publisher
                        .reached(done.offset())
                        .thenRun(() -> context.getSelf().tell(new ImageReached(id)));
            }
        }
    }

    private void onNoAnswer(NoAnswer none) {
        Outstanding<?> asked = outstanding.get(none.id());
        if (asked == null || asked.decided || asked.attempt != none.attempt()) {
            return;
        }
        if (mayBeRepeated(asked.command) && !isOver(asked)) {
            offer(none.id());
        } else {
            fail(none.id(), new NotControllerException("The controller gave no answer; the outcome is not known."));
        }
    }

    private void finish(long id) {
        Outstanding<?> asked = outstanding.remove(id);
        timers.cancel(id);
        if (asked != null && asked.response != null) {
            asked.complete(asked.response);
        }
    }

    private void fail(long id, Throwable reason) {
        Outstanding<?> asked = outstanding.remove(id);
        timers.cancel(id);
        if (asked != null) {
            asked.answer.completeExceptionally(reason);
        }
    }
}
