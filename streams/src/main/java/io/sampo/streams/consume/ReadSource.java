package io.sampo.streams.consume;

import io.sampo.streams.Event;
import io.sampo.streams.Span;
import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Failures;
import io.sampo.streams.fetch.Chunk;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.fetch.RecordCursor;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.Supervision;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;

/// Records of a topic without a group: from where the span begins to where it ends, in the order of each partition.
/// Nothing is committed. Completes when every partition has come to its end.
///
/// Records are decoded here and not in a stage of their own, since each stage costs each record time. The stream's
/// supervision says what becomes of one that cannot be decoded, as it would there: by default the stream fails.
public final class ReadSource<K, V> extends GraphStage<SourceShape<Event<K, V>>> {
    private static final Logger LOG = LoggerFactory.getLogger(ReadSource.class);

    /// What a reading is made of.
    ///
    /// @param topicLimitMs `default.api.timeout.ms`: how long a topic may be unknown at the start
    /// @param metadataMaxAgeMs `metadata.max.age.ms`: how often a reading without end looks for new partitions
    /// @param retryMs `retry.backoff.max.ms`: pause before the topic is asked for again
    public record Setup(
            String topic,
            Span span,
            Cluster cluster,
            Supplier<Fetcher> fetcher,
            long topicLimitMs,
            long metadataMaxAgeMs,
            long retryMs) {}

    private final Outlet<Event<K, V>> out = Outlet.create("ReadSource.events");
    private final SourceShape<Event<K, V>> shape = SourceShape.of(out);
    private final Setup setup;
    private final boolean headersStay;
    private final Decoder<K, V> decoder;

    /// Called by many threads at once.
    @FunctionalInterface
    public interface Decoder<K, V> {
        /// The record that the cursor stands on.
        ///
        /// @param headers of the record
        /// @throws RuntimeException when bytes do not stand for a key or a value
        Event<K, V> decode(RecordCursor record, Headers headers);
    }

    /// @param headersStay the decoder does not change headers
    public ReadSource(Setup setup, boolean headersStay, Decoder<K, V> decoder) {
        this.setup = setup;
        this.headersStay = headersStay;
        this.decoder = decoder;
    }

    @Override
    public SourceShape<Event<K, V>> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic(inheritedAttributes
                .getMandatoryAttribute(ActorAttributes.SupervisionStrategy.class)
                .decider());
    }

    private record Found(
            @Nullable ClusterView view, @Nullable Throwable failure) {}

    private record Polled(@Nullable Chunk chunk, @Nullable Throwable failure) {}

    private final class Logic extends TimerGraphStageLogic {
        private final AsyncCallback<Found> founds = createAsyncCallback(this::found);
        private final AsyncCallback<Polled> polls = createAsyncCallback(this::polled);
        private final Function1<Throwable, Supervision.Directive> supervision;
        private final Set<TopicPartition> known = new HashSet<>();
        private final Set<TopicPartition> unended = new HashSet<>();
        private @Nullable Fetcher fetcher;
        private @Nullable Chunk chunk;
        private @Nullable RecordCursor cursor;
        private boolean polling;
        private long deadlineNs;

        Logic(Function1<Throwable, Supervision.Directive> supervision) {
            super(shape);
            this.supervision = supervision;
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    goOn();
                }
            });
        }

        @Override
        public void preStart() {
            fetcher = setup.fetcher().get();
            deadlineNs =
                    System.nanoTime() + Duration.ofMillis(setup.topicLimitMs()).toNanos();
            look();
        }

        @Override
        public void postStop() {
            dropChunk();
            if (fetcher != null) {
                fetcher.close();
            }
        }

        @Override
        public void onTimer(Object timerKey) {
            look();
        }

        private void look() {
            setup.cluster()
                    .refresh(Set.of(setup.topic()))
                    .whenComplete((view, failure) -> founds.invoke(new Found(view, Failures.causeIfAny(failure))));
        }

        private void found(Found found) {
            ClusterView.Topic topic = found.view() == null
                    ? null
                    : found.view().topic(setup.topic()).orElse(null);
            Errors error = topic == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : topic.error();
            if (topic == null || error != Errors.NONE) {
                Throwable failure = found.failure() == null ? error.exception(setup.topic()) : found.failure();
                boolean passes =
                        failure instanceof RetriableException && (!known.isEmpty() || System.nanoTime() < deadlineNs);
                if (passes) {
                    LOG.debug("{} is not known yet", setup.topic(), failure);
                    scheduleOnce("look", Duration.ofMillis(setup.retryMs()));
                } else {
                    failStage(failure);
                }
                return;
            }
            read(topic);
            if (!setup.span().isBounded()) {
                scheduleOnce("look", Duration.ofMillis(setup.metadataMaxAgeMs()));
            }
        }

        private void read(ClusterView.Topic topic) {
            boolean first = known.isEmpty();
            Map<TopicPartition, io.sampo.streams.fetch.StartPosition> starts = new HashMap<>();
            for (ClusterView.Partition partition : topic.partitions()) {
                TopicPartition id = new TopicPartition(topic.name(), partition.index());
                if (known.add(id)) {
                    Starts.of(setup.span(), partition.index(), first).ifPresent(start -> starts.put(id, start));
                }
            }
            unended.addAll(starts.keySet());
            if (first && starts.isEmpty()) {
                completeStage();
                return;
            }
            Objects.requireNonNull(fetcher).add(starts);
            goOn();
        }

        private void goOn() {
            while (isAvailable(out)) {
                RecordCursor open = cursor;
                if (open == null) {
                    poll();
                    return;
                }
                boolean more;
                try {
                    more = open.next();
                } catch (RuntimeException corrupt) {
                    failStage(corrupt);
                    return;
                }
                if (more) {
                    handOut(open);
                } else {
                    endChunk();
                }
            }
        }

        private void handOut(RecordCursor record) {
            Event<K, V> event;
            try {
                event = decoder.decode(record, Events.headers(record, headersStay));
            } catch (RuntimeException undecodable) {
                if (supervision.apply(undecodable).equals(Supervision.stop())) {
                    failStage(undecodable);
                }
                return;
            }
            push(out, event);
        }

        private void endChunk() {
            Chunk done = Objects.requireNonNull(chunk);
            if (done.endReached()) {
                unended.remove(done.partition());
            }
            dropChunk();
            if (unended.isEmpty() && setup.span().isBounded()) {
                completeStage();
            }
        }

        private void poll() {
            if (!polling && !unended.isEmpty()) {
                polling = true;
                Objects.requireNonNull(fetcher)
                        .poll()
                        .whenComplete((next, failure) ->
                                ChunkArrival.tell(polls, new Polled(next, Failures.causeIfAny(failure)), next));
            }
        }

        private void polled(Polled polled) {
            polling = false;
            if (polled.chunk() == null) {
                failStage(Objects.requireNonNull(polled.failure()));
                return;
            }
            chunk = polled.chunk();
            cursor = chunk.records();
            goOn();
        }

        private void dropChunk() {
            if (cursor != null) {
                cursor.close();
                cursor = null;
            }
            if (chunk != null) {
                chunk.close();
                chunk = null;
            }
        }
    }
}
