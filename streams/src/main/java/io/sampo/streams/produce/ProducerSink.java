package io.sampo.streams.produce;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.SinkShape;
import org.apache.pekko.stream.stage.AbstractGraphStageWithMaterializedValue;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;

/// Counts records in and outcomes back: nothing is kept for a record.
final class ProducerSink<P>
        extends AbstractGraphStageWithMaterializedValue<SinkShape<ProducerItem<P>>, CompletionStage<Done>> {
    private final Producer producer;
    private final Inlet<ProducerItem<P>> in = Inlet.create("producer.in");
    private final SinkShape<ProducerItem<P>> shape = SinkShape.of(in);

    ProducerSink(Producer producer) {
        this.producer = producer;
    }

    @Override
    public SinkShape<ProducerItem<P>> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, CompletionStage<Done>> createLogicAndMaterializedValuePair(Attributes attributes) {
        CompletableFuture<Done> done = new CompletableFuture<>();
        return Pair.create(new Logic(done), done);
    }

    private final class Logic extends GraphStageLogic implements SendOutcome {
        private final CompletableFuture<Done> done;
        private final StageOffers offers = new StageOffers(producer, createAsyncCallback(_ -> look()));
        private final AtomicLong endedCount = new AtomicLong();
        private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();
        private long takenCount;
        private volatile boolean isFinished;

        private Logic(CompletableFuture<Done> done) {
            super(shape);
            this.done = done;
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    takenCount++;
                    if (offers.offer(grab(in), Logic.this)) {
                        pull(in);
                    }
                }

                @Override
                public void onUpstreamFinish() {
                    isFinished = true;
                    endIfDone();
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    fail(failure);
                }
            });
        }

        @Override
        public void preStart() {
            setKeepGoing(true);
            pull(in);
        }

        @Override
        public void sent(TopicPartition partition, long offset, long timestampMs) {
            endedCount.incrementAndGet();
            if (isFinished) {
                offers.poke();
            }
        }

        @Override
        public void failed(Throwable failure) {
            firstFailure.compareAndSet(null, failure);
            offers.poke();
        }

        private void look() {
            offers.looked();
            Throwable failure = firstFailure.get();
            if (failure != null) {
                fail(failure);
                return;
            }
            if (offers.isKeeping() && offers.retry() && !isFinished) {
                pull(in);
            }
            endIfDone();
        }

        private void endIfDone() {
            if (isFinished && !offers.isKeeping() && endedCount.get() == takenCount) {
                done.complete(Done.getInstance());
                completeStage();
            }
        }

        private void fail(Throwable failure) {
            done.completeExceptionally(failure);
            failStage(failure);
        }

        @Override
        public void postStop() {
            done.completeExceptionally(
                    new KafkaException("the stream was stopped before its records had their outcome"));
        }
    }
}
