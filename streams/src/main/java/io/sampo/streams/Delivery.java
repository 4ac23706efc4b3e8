package io.sampo.streams;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Something that came from a topic and is to be acknowledged when the work that it means is done. The
/// acknowledgement survives [#map], [#split] and [#all]; so a stream may change what it carries, and as often as it
/// likes.
///
/// A group's offsets move over the acknowledged records of a partition as far as they follow each other without
/// a gap: never over one whose delivery was not acknowledged. What is not acknowledged is delivered again after
/// a restart, or to another member.
///
/// {@snippet file="DeliveryGuideTest.java" region="delivery"}
///
/// Thread rule: any thread.
///
/// @param <T> what it carries
public final class Delivery<T> {
    private final T value;
    private final Runnable onAck;
    private final AtomicBoolean acknowledged;

    private Delivery(T value, Runnable onAck, AtomicBoolean acknowledged) {
        this.value = value;
        this.onAck = onAck;
        this.acknowledged = acknowledged;
    }

    /// @param onAck is run once, at the first [#ack], on the thread that calls it
    public static <T> Delivery<T> of(T value, Runnable onAck) {
        return new Delivery<>(value, onAck, new AtomicBoolean());
    }

    /// Several deliveries as one: its acknowledgement acknowledges all of them. For batching.
    ///
    /// {@snippet file="DeliveryGuideTest.java" region="batches"}
    ///
    /// @param deliveries in any number; what they carry is in the same order
    public static <T> Delivery<List<T>> all(Collection<Delivery<T>> deliveries) {
        List<Delivery<T>> parts = List.copyOf(deliveries);
        List<T> values = new ArrayList<>(parts.size());
        parts.forEach(part -> values.add(part.value));
        return of(values, () -> parts.forEach(Delivery::ack));
    }

    /// What it carries. Takes nothing away: it may be asked as often as one likes.
    public T get() {
        return value;
    }

    /// The work is done. A second call does nothing, also when it comes from a delivery that was mapped from
    /// this one. Never waits: the offset is committed later, with others (`auto.commit.interval.ms`).
    ///
    /// Has no effect when the partition was lost meanwhile, or given up as it was not drained in time
    /// (`sampo.drain.timeout.ms`), or the group was left: the record is delivered again, to whoever owns
    /// the partition then.
    public void ack() {
        if (acknowledged.compareAndSet(false, true)) {
            onAck.run();
        }
    }

    /// Whether [#ack] was called, on this delivery or on another one with the same acknowledgement. Not
    /// whether its offset is committed.
    public boolean isAcknowledged() {
        return acknowledged.get();
    }

    /// Carries something else, with the same acknowledgement.
    public <R> Delivery<R> map(Function<? super T, ? extends R> change) {
        return with(change.apply(value));
    }

    /// Carries something else, with the same acknowledgement.
    public <R> Delivery<R> with(R other) {
        return new Delivery<>(other, onAck, acknowledged);
    }

    /// Several deliveries out of one: it is acknowledged when all of them are. Without parts there is nothing
    /// to do, and it is acknowledged at once.
    ///
    /// {@snippet file="DeliveryGuideTest.java" region="split"}
    public <R> List<Delivery<R>> split(Function<? super T, ? extends Collection<? extends R>> change) {
        Collection<? extends R> values = change.apply(value);
        if (values.isEmpty()) {
            ack();
            return List.of();
        }
        AtomicInteger missing = new AtomicInteger(values.size());
        List<Delivery<R>> parts = new ArrayList<>(values.size());
        for (R part : values) {
            parts.add(of(part, () -> {
                if (missing.decrementAndGet() == 0) {
                    ack();
                }
            }));
        }
        return parts;
    }

    @Override
    public String toString() {
        return "Delivery[" + value + (isAcknowledged() ? ", acknowledged]" : "]");
    }
}
