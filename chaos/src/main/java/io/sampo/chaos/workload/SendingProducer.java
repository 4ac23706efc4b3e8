package io.sampo.chaos.workload;

import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/// An idempotent producer that sends to all partitions in turn, on a thread of its own, and writes down the outcome
/// of every record. An error leaves the outcome unknown, whatever it is: what the client gave up may still be under
/// way.
final class SendingProducer {
    private static final int MAX_OUTSTANDING = 300;

    private final String name;
    private final Clients clients;
    private final List<Place> places;
    private final HistoryFile history;
    private final long pauseNanos;
    private final Map<Place, Long> sequences = new HashMap<>();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong acknowledged = new AtomicLong();
    private final Thread thread;
    private volatile boolean stopping;

    /// @param perSecond records a second, over all partitions
    SendingProducer(String name, Clients clients, List<Place> places, HistoryFile history, int perSecond) {
        this.name = name;
        this.clients = clients;
        this.places = places;
        this.history = history;
        this.pauseNanos = 1_000_000_000L / perSecond;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    long acknowledged() {
        return acknowledged.get();
    }

    private void run() {
        try (KafkaProducer<byte[], byte[]> producer = clients.producer(name)) {
            long next = System.nanoTime();
            for (int i = 0; !stopping; i++) {
                next = Math.max(next + pauseNanos, System.nanoTime() - 1_000_000_000L);
                long wait = next - System.nanoTime();
                if (wait > 0) {
                    Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                }
                if (outstanding.get() < MAX_OUTSTANDING) {
                    send(producer, places.get(i % places.size()));
                }
            }
        } catch (InterruptedException | InterruptException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, Place place) {
        Value value = new Value(name, sequences.merge(place, 1L, Long::sum) * places.size() + places.indexOf(place));
        long invokedUs = history.nowUs();
        outstanding.incrementAndGet();
        try {
            var _ = producer.send(
                    new ProducerRecord<>(place.topic(), place.partition(), null, Payload.bytes(value)),
                    (metadata, error) -> {
                        outstanding.decrementAndGet();
                        ended(place, value, invokedUs, error == null ? metadata.offset() : -1, error);
                    });
        } catch (InterruptException interrupted) {
            throw interrupted;
        } catch (KafkaException error) {
            outstanding.decrementAndGet();
            ended(place, value, invokedUs, -1, error);
        }
    }

    private void ended(Place place, Value value, long invokedUs, long offset, @Nullable Exception error) {
        if (error == null) {
            acknowledged.incrementAndGet();
        }
        history.add(new Send(
                invokedUs,
                history.nowUs(),
                name,
                place,
                value,
                error == null ? Outcome.OK : Outcome.INFO,
                offset,
                error == null ? "" : error.getClass().getSimpleName() + ": " + error.getMessage()));
    }

    /// Stops sending; everything under way has its outcome when this returns, or will never have one.
    void end() throws InterruptedException {
        stopping = true;
        thread.join(90_000);
        if (thread.isAlive()) {
            thread.interrupt();
            thread.join(10_000);
        }
    }
}
