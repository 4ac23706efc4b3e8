package io.sampo.streams.produce;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.jspecify.annotations.Nullable;

/// How a stage hands records to its [Producer]: one that finds no room is kept, and is the next to be tried.
/// Of the stage's thread, but for [#poke].
final class StageOffers {
    private final Producer producer;
    private final AsyncCallback<Boolean> callback;
    private final AtomicBoolean isPoked = new AtomicBoolean();
    private @Nullable ProducerItem<?> kept;
    private @Nullable SendOutcome keptOutcome;

    /// @param callback runs the stage's look at what changed, and calls [#looked] first
    StageOffers(Producer producer, AsyncCallback<Boolean> callback) {
        this.producer = producer;
        this.callback = callback;
    }

    /// Lets the stage look, once for however many pokes come before it does. Any thread.
    void poke() {
        if (!isPoked.get() && isPoked.compareAndSet(false, true)) {
            callback.invoke(true);
        }
    }

    void looked() {
        isPoked.set(false);
    }

    boolean isKeeping() {
        return kept != null;
    }

    /// @return whether the stage may take another record
    boolean offer(ProducerItem<?> item, SendOutcome outcome) {
        if (producer.offer(
                item.topic(),
                item.partition(),
                item.timestampMs(),
                item.key(),
                item.value(),
                item.headers(),
                outcome)) {
            kept = null;
            keptOutcome = null;
            return true;
        }
        kept = item;
        keptOutcome = outcome;
        producer.whenRoom().thenRun(this::poke);
        return false;
    }

    /// Tries the record again that was kept.
    ///
    /// @return whether the stage may take another record
    boolean retry() {
        ProducerItem<?> item = kept;
        SendOutcome outcome = keptOutcome;
        return item == null || outcome == null || offer(item, outcome);
    }
}
