package io.sampo.streams.produce;

import io.sampo.streams.Sent;
import io.sampo.streams.connection.Cluster;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;

/// Sends encoded records in batches, and says of each record what became of it. Thread-safe.
///
/// What is promised:
/// - Each record has one outcome, within `delivery.timeout.ms` (plus `max.block.ms` while its topic is not
///   known): a [Sent], or a failure. After a failure by time or by a broken connection the record may be in
///   the log.
/// - Records of one partition that are acknowledged lie in the log in the order in which one thread sent
///   them, whatever broke between. With idempotence (the default) each lies there once.
/// - A failure of one batch fails no other one.
/// - Memory for records without an outcome stays within `buffer.memory`.
///
/// Stages complete one after another on threads of the executor: what depends on them must not wait.
public final class Producer {
    private static final byte MAGIC = org.apache.kafka.common.record.internal.RecordBatch.MAGIC_VALUE_V2;

    private final ProducerSettings settings;
    private final LongSupplier clockMs;
    private final LongSupplier wallClockMs;
    private final Executor executor;
    private final BufferMemory memory;
    private final OpenWork work = new OpenWork();
    private final RecordBatch.Origin origin;
    private final TopicBuffers.Shared shared;
    private final SendStrand strand;
    private final Map<String, TopicBuffers> topics = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable CompletionStage<Void>> closing = new AtomicReference<>();

    /// @param executor tells outcomes, and sends what neither a caller's thread nor a connection's sends: an actor
    ///     system's dispatcher
    public Producer(Cluster cluster, ProducerSettings settings, Executor executor) {
        this(
                cluster,
                settings,
                executor,
                Alarm.on(executor),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                System::currentTimeMillis);
    }

    Producer(
            Cluster cluster,
            ProducerSettings settings,
            Executor executor,
            Alarm alarm,
            LongSupplier clockMs,
            LongSupplier wallClockMs) {
        this.settings = settings;
        this.clockMs = clockMs;
        this.wallClockMs = wallClockMs;
        this.executor = executor;
        this.memory = new BufferMemory(settings.bufferMemoryBytes());
        this.origin = new RecordBatch.Origin(settings.compression(), memory, work);
        Outcomes outcomes = new Outcomes(executor);
        this.shared = new TopicBuffers.Shared(
                settings.ignoreKeys(),
                settings.maxBlockMs(),
                settings.batchSizeBytes(),
                origin,
                outcomes,
                cluster::view);
        ProduceCore core = new ProduceCore(settings.rules(), new SplittableRandom());
        this.strand = new SendStrand(cluster, settings, core, executor, outcomes, alarm, clockMs);
    }

    /// Sends a record; waits up to `max.block.ms` for room, so that only callers on threads of their own
    /// (virtual ones) may use it.
    ///
    /// @param partition empty: the key's by Kafka's hash, or without a key one that is filling
    /// @param timestampMs since the epoch; empty: now
    /// @return fails with what [#offer] names, or a [BufferExhaustedException] when there was no room in time
    public CompletionStage<Sent> send(
            String topic,
            OptionalInt partition,
            OptionalLong timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers) {
        long deadlineMs = clockMs.getAsLong() + settings.maxBlockMs();
        SendOutcome.Future outcome = new SendOutcome.Future();
        while (!offer(topic, partition, timestampMs, key, value, headers, outcome)) {
            if (!waitForRoom(deadlineMs - clockMs.getAsLong())) {
                return CompletableFuture.failedStage(new BufferExhaustedException("no room for a record of " + topic
                        + " within " + settings.maxBlockMs() + " ms (max.block.ms): all of buffer.memory, "
                        + settings.bufferMemoryBytes() + " bytes, waits to be acknowledged"));
            }
        }
        return outcome;
    }

    private boolean waitForRoom(long forMs) {
        try {
            whenRoom().toCompletableFuture().get(Math.max(0, forMs), TimeUnit.MILLISECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException _) {
            return false;
        } catch (InterruptedException interrupted) {
            throw new InterruptException(interrupted);
        } catch (ExecutionException impossible) {
            throw new KafkaException(impossible);
        }
    }

    /// Sends a record unless `buffer.memory` is used up. Never waits.
    ///
    /// @return empty: nothing was done, try again [#whenRoom]. The stage fails with a
    ///     [RecordTooLargeException] above `max.request.size`, `buffer.memory` or the broker's limit; an
    ///     [org.apache.kafka.common.errors.UnknownTopicOrPartitionException] when the topic or partition was
    ///     not known within `max.block.ms`; a [org.apache.kafka.common.errors.TimeoutException] after
    ///     `delivery.timeout.ms`; an [org.apache.kafka.common.InvalidRecordException] when the broker refused
    ///     this record; a [KafkaException] of another kind when it refused the batch, or the producer is
    ///     closed
    public Optional<CompletionStage<Sent>> offer(
            String topic,
            OptionalInt partition,
            OptionalLong timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers) {
        SendOutcome.Future outcome = new SendOutcome.Future();
        return offer(topic, partition, timestampMs, key, value, headers, outcome)
                ? Optional.of(outcome)
                : Optional.empty();
    }

    /// @return false: no room, and the outcome will not be told
    boolean offer(
            String topic,
            OptionalInt partition,
            OptionalLong timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers,
            SendOutcome outcome) {
        Header[] headerArray = headers.toArray();
        int sizeBytes = AbstractRecords.estimateSizeInBytesUpperBound(
                MAGIC, settings.compression().type(), key, value, headerArray);
        Throwable refusal = refusal(partition, sizeBytes);
        if (refusal != null) {
            outcome.failed(refusal);
            return true;
        }
        TopicBuffers buffers = topics.get(topic);
        if (buffers == null) {
            buffers = topics.computeIfAbsent(topic, this::newTopic);
        }
        long sentMs = timestampMs.isPresent() ? timestampMs.getAsLong() : wallClockMs.getAsLong();
        TopicBuffers.Placed placed =
                buffers.offer(partition, sentMs, key, value, headerArray, sizeBytes, outcome, clockMs.getAsLong());
        switch (placed.appended()) {
            case DONE -> {}
            case READY, NO_MEMORY -> strand.ready();
            case FIRST -> {
                if (placed.buffer() == null) {
                    strand.waits(buffers);
                } else {
                    strand.touched(placed.buffer());
                }
            }
            case NO_BATCH, FULL -> throw new IllegalStateException("the record is nowhere");
        }
        return placed.appended() != PartitionBuffer.Appended.NO_MEMORY;
    }

    private @Nullable Throwable refusal(OptionalInt partition, int sizeBytes) {
        if (closing.get() != null) {
            return new KafkaException("the producer is closed");
        }
        if (partition.isPresent() && partition.getAsInt() < 0) {
            return new IllegalArgumentException("partition " + partition.getAsInt());
        }
        if (sizeBytes > settings.maxRequestSizeBytes()) {
            return new RecordTooLargeException("the record takes up to " + sizeBytes + " bytes, max.request.size is "
                    + settings.maxRequestSizeBytes());
        }
        if (sizeBytes > settings.bufferMemoryBytes()) {
            return new RecordTooLargeException(
                    "the record takes up to " + sizeBytes + " bytes, buffer.memory is " + settings.bufferMemoryBytes());
        }
        return null;
    }

    private TopicBuffers newTopic(String topic) {
        BatchSizes sizes = new BatchSizes(settings.batchSizeBytes(), settings.backlogBatchSizeBytes());
        TopicBuffers buffers = new TopicBuffers(
                topic,
                shared,
                index -> new PartitionBuffer(
                        new TopicPartition(topic, index),
                        origin,
                        sizes,
                        settings.lingerMs(),
                        clockMs,
                        memory::isWanted));
        strand.add(buffers);
        return buffers;
    }

    /// Done when an [#offer] that found no room may be tried again; others may be faster.
    public CompletionStage<Void> whenRoom() {
        return memory.whenRoom();
    }

    /// Of `buffer.memory`; below 0 for a moment when batches were split, or records waited for their topic. A record's
    /// bytes are free before its outcome is told.
    public long freeBytes() {
        return memory.freeBytes();
    }

    /// Sends what is gathered without waiting for `linger.ms`.
    ///
    /// @return done when every record that was taken before has its outcome, good or bad
    public CompletionStage<Void> flush() {
        CompletionStage<Void> done = work.whenEnded();
        strand.seal();
        return done;
    }

    /// Takes no more records, and sends what it has.
    ///
    /// @param atMost after this what is left fails
    /// @return done when every record has its outcome; the same for each call
    public CompletionStage<Void> close(Duration atMost) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        if (!closing.compareAndSet(null, mine)) {
            CompletionStage<Void> first = closing.get();
            return first == null ? mine : first;
        }
        KafkaException closed = new KafkaException("the producer was closed before the record was acknowledged");
        CompletionStage<Void> flushed = flush();
        Executor later = CompletableFuture.delayedExecutor(atMost.toMillis(), TimeUnit.MILLISECONDS, executor);
        later.execute(() -> strand.end(closed));
        flushed.whenComplete((_, _) -> {
            strand.end(closed);
            mine.complete(null);
        });
        return mine;
    }

    /// A sink that takes as many records as there is room for.
    ///
    /// @return done when all records are acknowledged; failed with the first failure of a record, after which
    ///     it takes no more
    public <P> Sink<ProducerItem<P>, CompletionStage<Done>> sink() {
        return Sink.fromGraph(new ProducerSink<>(this));
    }

    /// A flow from records to where they are, in the order of the records, with what came along. It takes no
    /// more records while its results are not taken, or while there is no room. A record that fails, fails
    /// the stream after the results before it.
    public <P> Flow<ProducerItem<P>, ProducerResult<P>, NotUsed> flow() {
        return Flow.fromGraph(new ProducerFlow<>(this));
    }
}
