package io.sampo.streams.produce;

import io.sampo.streams.Sent;
import java.util.ArrayDeque;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;

/// Keeps one small object per record that has no outcome, in the order of the records.
final class ProducerFlow<P> extends GraphStage<FlowShape<ProducerItem<P>, ProducerResult<P>>> {
    private final Producer producer;
    private final Inlet<ProducerItem<P>> in = Inlet.create("producer.in");
    private final Outlet<ProducerResult<P>> out = Outlet.create("producer.out");
    private final FlowShape<ProducerItem<P>, ProducerResult<P>> shape = FlowShape.of(in, out);

    ProducerFlow(Producer producer) {
        this.producer = producer;
    }

    @Override
    public FlowShape<ProducerItem<P>, ProducerResult<P>> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends GraphStageLogic {
        private final StageOffers offers = new StageOffers(producer, createAsyncCallback(_ -> look()));
        private final ArrayDeque<Slot> slots = new ArrayDeque<>();
        private boolean isFinished;

        /// Whether somebody wants the result of the first slot, which is not there yet.
        private volatile boolean isWaiting;

        private Logic() {
            super(shape);
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    ProducerItem<P> item = grab(in);
                    Slot slot = new Slot(item.passthrough());
                    slots.add(slot);
                    offers.offer(item, slot);
                    move();
                }

                @Override
                public void onUpstreamFinish() {
                    isFinished = true;
                    move();
                }
            });
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    move();
                }
            });
        }

        @Override
        public void preStart() {
            setKeepGoing(true);
            pull(in);
        }

        private void look() {
            offers.looked();
            offers.retry();
            move();
        }

        /// Gives one result when it is wanted and there, and takes another record unless results pile up.
        private void move() {
            isWaiting = true;
            Slot first = slots.peek();
            boolean isThere = first != null && first.isDone();
            if (isThere && first.failure != null) {
                failStage(first.failure);
                return;
            }
            if (isThere && isAvailable(out)) {
                slots.remove();
                push(out, first.result());
                first = slots.peek();
                isThere = first != null && first.isDone();
            }
            isWaiting = !isThere;
            if (isFinished && slots.isEmpty()) {
                completeStage();
            } else if (!isFinished && !isThere && !offers.isKeeping() && !hasBeenPulled(in)) {
                pull(in);
            }
        }

        private final class Slot implements SendOutcome {
            private final P passthrough;
            private @Nullable Throwable failure;

            /// Written last.
            private volatile @Nullable Sent sent;

            private volatile boolean isFailed;

            private Slot(P passthrough) {
                this.passthrough = passthrough;
            }

            private boolean isDone() {
                return sent != null || isFailed;
            }

            private ProducerResult<P> result() {
                Sent where = sent;
                if (where == null) {
                    throw new IllegalStateException("not acknowledged");
                }
                return new ProducerResult<>(where, passthrough);
            }

            @Override
            public void sent(TopicPartition partition, long offset, long timestampMs) {
                sent = new Sent(partition.topic(), partition.partition(), offset, timestampMs);
                ended();
            }

            @Override
            public void failed(Throwable why) {
                failure = why;
                isFailed = true;
                ended();
            }

            private void ended() {
                if (isWaiting) {
                    offers.poke();
                }
            }
        }
    }
}
