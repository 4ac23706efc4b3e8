package io.sampo.actors.metadata;

import io.sampo.core.metadata.ControllerCommand;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;

/// Reaches the controller on this node. While the metadata partition has no leader here, a command is offered again
/// until `maxWait` is over: nothing was decided about it, so offering it again is safe.
public final class LocalControllerClient implements ControllerClient {
    private static final Duration RETRY_DELAY = Duration.ofMillis(50);

    private final ActorSystem<?> system;
    private final ActorRef<Controller.Command> controller;
    private final long maxWaitNanos;

    public LocalControllerClient(ActorSystem<?> system, ActorRef<Controller.Command> controller, Duration maxWait) {
        this.system = system;
        this.controller = controller;
        this.maxWaitNanos = maxWait.toNanos();
    }

    @Override
    public <R> CompletionStage<R> submit(ControllerCommand<R> command) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        offer(command, answer, System.nanoTime() + maxWaitNanos);
        return answer;
    }

    private <R> void offer(ControllerCommand<R> command, CompletableFuture<R> answer, long deadlineNanos) {
        CompletableFuture<R> attempt = new CompletableFuture<>();
        var _ = attempt.whenComplete((result, failure) -> {
            Throwable cause = failure instanceof CompletionException e && e.getCause() != null ? e.getCause() : failure;
            if (cause == null) {
                answer.complete(result);
            } else if (!(cause instanceof Controller.StandingBy)) {
                answer.completeExceptionally(cause);
            } else if (System.nanoTime() - deadlineNanos >= 0) {
                answer.completeExceptionally(new NotControllerException("There is no controller at the moment."));
            } else {
                system.scheduler()
                        .scheduleOnce(
                                RETRY_DELAY, () -> offer(command, answer, deadlineNanos), system.executionContext());
            }
        });
        controller.tell(new Controller.Submit<>(command, attempt));
    }
}
