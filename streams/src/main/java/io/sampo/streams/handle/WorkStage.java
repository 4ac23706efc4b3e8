package io.sampo.streams.handle;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.HandlerFailed;
import io.sampo.streams.Retry;
import io.sampo.streams.connection.Failures;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.Done;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.SinkShape;
import org.apache.pekko.stream.stage.AbstractGraphStageWithMaterializedValue;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the work of each delivery done, as [WorkQueue] decides, and acknowledges what is done. Takes no more from
/// upstream than it may hold.
///
/// Ends when upstream has ended and all work is done; fails at once when upstream fails, or when a handler's
/// failure
/// is to end the consumption. Work that is under way then goes on, and is not acknowledged.
final class WorkStage
        extends AbstractGraphStageWithMaterializedValue<SinkShape<Delivery<Event<byte[], byte[]>>>, WorkEnd> {
    private static final Logger LOG = LoggerFactory.getLogger(WorkStage.class);

    private final Inlet<Delivery<Event<byte[], byte[]>>> in = Inlet.create("WorkStage.deliveries");
    private final SinkShape<Delivery<Event<byte[], byte[]>>> shape = SinkShape.of(in);
    private final Handling handling;

    WorkStage(Handling handling) {
        this.handling = handling;
    }

    @Override
    public SinkShape<Delivery<Event<byte[], byte[]>>> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, WorkEnd> createLogicAndMaterializedValuePair(Attributes inheritedAttributes) {
        CompletableFuture<Done> completion = new CompletableFuture<>();
        Logic logic = new Logic(completion);
        return Pair.create(logic, new WorkEnd(completion, logic.underWay.ended()));
    }

    private static final class Item {
        final Delivery<Event<byte[], byte[]>> delivery;
        int failures;

        Item(Delivery<Event<byte[], byte[]>> delivery) {
            this.delivery = delivery;
        }
    }

    private record Outcome(
            WorkQueue.Started<Item> started, @Nullable Throwable failure, boolean givenUp) {}

    private final class Logic extends TimerGraphStageLogic {
        private final CompletableFuture<Done> completion;
        private final WorkQueue<Object, Item> queue = new WorkQueue<>(handling.concurrency(), handling.maxHeld());
        /// The stage is one of them, so that they are not over between one handler and the next.
        private final UnderWay underWay = new UnderWay();
        private final AsyncCallback<Outcome> outcomes = createAsyncCallback(this::onOutcome);

        Logic(CompletableFuture<Done> completion) {
            super(shape);
            this.completion = completion;
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    Item item = new Item(grab(in));
                    queue.add(handling.lane(item.delivery.get()), item);
                    goOn();
                }

                @Override
                public void onUpstreamFinish() {
                    endWhenDone();
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    end(failure);
                }
            });
        }

        @Override
        public void preStart() {
            // The end of upstream is not the end of the work.
            setKeepGoing(true);
            pull(in);
        }

        @Override
        public void postStop() {
            underWay.end();
            completion.completeExceptionally(new IllegalStateException("the stream's actor system has ended"));
        }

        private void goOn() {
            for (WorkQueue.Started<Item> next = queue.start(); next != null; next = queue.start()) {
                run(next);
            }
            if (queue.hasRoom() && !hasBeenPulled(in) && !isClosed(in)) {
                pull(in);
            }
            endWhenDone();
        }

        private void endWhenDone() {
            if (isClosed(in) && queue.isEmpty()) {
                completion.complete(Done.getInstance());
                completeStage();
            }
        }

        private void end(Throwable failure) {
            completion.completeExceptionally(failure);
            failStage(failure);
        }

        private void run(WorkQueue.Started<Item> started) {
            Event<byte[], byte[]> event = started.work().delivery.get();
            underWay.begin();
            handling.executor().execute(() -> {
                CompletionStage<?> working;
                try {
                    working = Objects.requireNonNull(handling.work().apply(event), "the handler gave no stage");
                } catch (Throwable failure) {
                    // Whatever it is: a record that nobody answers for would hold up its key for ever.
                    working = CompletableFuture.failedFuture(failure);
                }
                working.whenComplete((_, failure) -> {
                    outcomes.invoke(new Outcome(started, Failures.causeIfAny(failure), false));
                    underWay.end();
                });
            });
        }

        private void onOutcome(Outcome outcome) {
            WorkQueue.Started<Item> started = outcome.started;
            Item item = started.work();
            if (outcome.failure == null) {
                item.delivery.ack();
                queue.finish(started);
                goOn();
                return;
            }
            if (outcome.givenUp) {
                LOG.error("{} could not be written to the dead letter topic", name(item), outcome.failure);
                end(outcome.failure);
                return;
            }
            item.failures++;
            OptionalLong pauseMs = outcome.failure instanceof UnretriableFailure
                    ? OptionalLong.empty()
                    : handling.retry()
                            .pauseMs(item.failures, ThreadLocalRandom.current().nextDouble());
            if (pauseMs.isPresent()) {
                LOG.warn(
                        "{} failed (attempt {}); again in {} ms",
                        name(item),
                        item.failures,
                        pauseMs.getAsLong(),
                        outcome.failure);
                queue.pause(started);
                scheduleOnce(started, Duration.ofMillis(pauseMs.getAsLong()));
                goOn();
            } else {
                giveUp(started, outcome.failure);
            }
        }

        private void giveUp(WorkQueue.Started<Item> started, Throwable failure) {
            Item item = started.work();
            switch (handling.retry().then()) {
                case Retry.Then.Stop _ -> {
                    LOG.error("{} failed (attempt {}), and the consumption ends", name(item), item.failures, failure);
                    end(
                            failure instanceof UnretriableFailure
                                    ? failure
                                    : new HandlerFailed(item.delivery.get(), item.failures, failure));
                }
                case Retry.Then.Skip _ -> {
                    LOG.error("{} failed (attempt {}) and is skipped", name(item), item.failures, failure);
                    item.delivery.ack();
                    queue.finish(started);
                    goOn();
                }
                case Retry.Then.DeadLetter dead -> {
                    LOG.error(
                            "{} failed (attempt {}) and goes to {}", name(item), item.failures, dead.topic(), failure);
                    underWay.begin();
                    write(dead.topic(), item, failure).whenComplete((_, refused) -> {
                        outcomes.invoke(new Outcome(started, Failures.causeIfAny(refused), true));
                        underWay.end();
                    });
                }
            }
        }

        /// On a thread of its own: it may have to wait for room.
        private CompletionStage<?> write(String deadTopic, Item item, Throwable failure) {
            return CompletableFuture.supplyAsync(
                            () -> handling.deadLetters().write(deadTopic, item.delivery.get(), item.failures, failure),
                            task -> Thread.ofVirtual().name("sampo-dead-letter").start(task))
                    .thenCompose(written -> written.thenApply(_ -> Done.getInstance()));
        }

        @Override
        @SuppressWarnings("unchecked")
        public void onTimer(Object timerKey) {
            queue.resume((WorkQueue.Started<Item>) timerKey);
            goOn();
        }
    }

    private static String name(Item item) {
        Event<byte[], byte[]> event = item.delivery.get();
        return "the record of " + event.topic() + "-" + event.partition() + " at offset " + event.offset();
    }
}
