package io.sampo.bench.client;

import io.sampo.bench.client.ClientUnderTest.Sender;
import io.sampo.bench.client.ClientUnderTest.Tail;
import io.sampo.bench.client.ClientUnderTest.Written;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// An open loop at 1,000 records a second: latencies count from the time a record was due, so that a client
/// that is slow cannot slow the load down. Each value begins with that time.
final class Pace implements AutoCloseable {
    private static final int PER_SECOND = 1_000;
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    private static final long LONGEST_US = TimeUnit.MINUTES.toMicros(5);
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long BETWEEN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /// Instead of the time: the record only shows that its partition is read.
    private static final long NOT_MEASURED = Long.MIN_VALUE;

    private final Work work;
    private final Histogram acknowledged = new ConcurrentHistogram(LONGEST_US, 3);
    private final Histogram read = new ConcurrentHistogram(LONGEST_US, 3);
    private final AtomicLong acknowledgements = new AtomicLong();
    private final AtomicLong readings = new AtomicLong();
    private final AtomicLong shown;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Tail tail;
    private final Sender sender;

    /// Returns when both ways work.
    Pace(Work work, ClientUnderTest client) throws Exception {
        this.work = work;
        this.shown = new AtomicLong((1L << work.partitions()) - 1);
        this.tail = client.tail(work, this::hasRead);
        this.sender = client.sender(work);
        await("the tail is read", () -> {
            // Again and again: what came before the tail had its position is not seen.
            for (int partition = 0; partition < work.partitions(); partition++) {
                var _ = sender.send(new Written(partition, value(NOT_MEASURED, partition)));
            }
            return shown.get() == 0;
        });
    }

    /// @return records that were written
    long run() throws Exception {
        long sent = send();
        await("all are acknowledged and read", () -> acknowledgements.get() >= sent && readings.get() >= sent);
        return sent;
    }

    private long send() {
        long due = System.nanoTime();
        long end = due + TimeUnit.SECONDS.toNanos(work.seconds());
        long sent = 0;
        while (due < end) {
            long wait = due - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
            long now = System.nanoTime();
            while (due <= now && due < end) {
                long since = due;
                int partition = (int) (sent % work.partitions());
                var _ = sender.send(new Written(partition, value(since, partition)))
                        .whenComplete((_, problem) -> isAcknowledged(since, problem));
                due += INTERVAL_NANOS;
                sent++;
            }
        }
        return sent;
    }

    private void isAcknowledged(long since, @Nullable Throwable problem) {
        if (problem == null) {
            note(acknowledged, since);
            acknowledgements.incrementAndGet();
        } else {
            failure.compareAndSet(null, problem);
        }
    }

    private void hasRead(byte[] value) {
        ByteBuffer buffer = ByteBuffer.wrap(value);
        long since = buffer.getLong();
        if (since == NOT_MEASURED) {
            int partition = buffer.getInt();
            shown.updateAndGet(missing -> missing & ~(1L << partition));
        } else {
            note(read, since);
            readings.incrementAndGet();
        }
    }

    private static void note(Histogram histogram, long since) {
        histogram.recordValue(Math.clamp(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - since), 0L, LONGEST_US));
    }

    private byte[] value(long since, int partition) {
        return ByteBuffer.wrap(new byte[work.recordBytes()])
                .putLong(since)
                .putInt(partition)
                .array();
    }

    private void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + WAIT_NANOS;
        while (!condition.getAsBoolean()) {
            Throwable failed = failure.get();
            if (failed != null) {
                throw new IllegalStateException("a record was not acknowledged", failed);
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not within 30 s: " + what);
            }
            LockSupport.parkNanos(BETWEEN_NANOS);
        }
    }

    Map<Answer.Of, Double> latencies() {
        return Map.of(
                Answer.Of.ACKNOWLEDGED_P50_US, (double) acknowledged.getValueAtPercentile(50),
                Answer.Of.ACKNOWLEDGED_P99_US, (double) acknowledged.getValueAtPercentile(99),
                Answer.Of.READ_P50_US, (double) read.getValueAtPercentile(50),
                Answer.Of.READ_P99_US, (double) read.getValueAtPercentile(99));
    }

    @Override
    public void close() {
        sender.close();
        tail.close();
    }
}
