package io.sampo.actors.metadata;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Holds the newest committed image of this node and tells those who follow it.
///
/// Thread rule: reads from any thread without a lock; images are published by one thread at a time, in order.
public final class MetadataPublisher implements MetadataView {
    private volatile MetadataImage image = MetadataImage.EMPTY;
    private final List<Listener> listeners = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();

    private record Waiting(long offset, CompletableFuture<Void> reached) {}

    @FunctionalInterface
    public interface Listener {
        /// Called in the order of the images, on the publisher's thread; must not block.
        ///
        /// @param before what this listener saw last; EMPTY the first time
        void onImage(MetadataImage before, MetadataImage after);
    }

    @Override
    public MetadataImage image() {
        return image;
    }

    /// Follows the image from now on. The listener is called at once with the newest image, unless that is empty.
    public synchronized void subscribe(Listener listener) {
        listeners.add(listener);
        if (image.offset() >= 0) {
            listener.onImage(MetadataImage.EMPTY, image);
        }
    }

    /// Done when the image has come to `offset` and its listeners have seen it.
    public CompletionStage<Void> reached(long offset) {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        synchronized (this) {
            if (image.offset() < offset) {
                waiting.add(new Waiting(offset, reached));
                return reached;
            }
        }
        reached.complete(null);
        return reached;
    }

    /// Makes an image the newest one. Older ones than the present one are ignored: after a change of the controller
    /// the same records are read again.
    public void publish(MetadataImage next) {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        synchronized (this) {
            MetadataImage before = image;
            if (next.offset() <= before.offset()) {
                return;
            }
            image = next;
            for (Listener listener : listeners) {
                listener.onImage(before, next);
            }
            waiting.removeIf(each -> each.offset() <= next.offset() && done.add(each.reached()));
        }
        done.forEach(each -> each.complete(null));
    }
}
