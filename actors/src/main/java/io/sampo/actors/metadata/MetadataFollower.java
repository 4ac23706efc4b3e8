package io.sampo.actors.metadata;

import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataLoader;
import io.sampo.core.partition.ReadView;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Keeps the node's image up to date while another node is the controller: reads the metadata log as far as it is
/// known to be committed here, and publishes the image.
///
/// Thread rule: the actor of the [Controller].
final class MetadataFollower {
    private static final String RETRY = "follow";

    /// A follower whose log is read.
    ///
    /// @param waiter one for all waits, so that it is registered at most once
    private record Following(ReadHandle handle, Runnable waiter) {}

    private final ActorContext<Controller.Command> context;
    private final TimerScheduler<Controller.Command> timers;
    private final MetadataPublisher publisher;
    private @Nullable Following following;

    MetadataFollower(
            ActorContext<Controller.Command> context,
            TimerScheduler<Controller.Command> timers,
            MetadataPublisher publisher) {
        this.context = context;
        this.timers = timers;
        this.publisher = publisher;
    }

    /// From now on this one is read; begun with [#follow].
    void started(ReadHandle handle) {
        following = new Following(handle, () -> context.getSelf().tell(new Controller.FollowerAdvanced(handle)));
    }

    void ended() {
        following = null;
        timers.cancel(RETRY);
    }

    /// This node was the controller meanwhile.
    void followAgain() {
        if (following != null) {
            follow(following.handle());
        }
    }

    /// Reads what was committed meanwhile.
    ///
    /// @param handle ignored when it is of yesterday
    void follow(ReadHandle handle) {
        Following now = following;
        if (now == null || !now.handle().equals(handle)) {
            return;
        }
        MetadataImage before = publisher.image();
        try {
            ReadView view = handle.view();
            publisher.publish(MetadataLoader.load(
                    before, handle.log()::forEachBatch, view.logStartOffset(), view.highWatermark()));
        } catch (RuntimeException e) {
            context.getLog().error("The metadata log cannot be read; trying again", e);
            timers.startSingleTimer(RETRY, new Controller.FollowerAdvanced(handle), Controller.RELOAD_DELAY);
            return;
        }
        handle.onNextAdvance(now.waiter());
        if (handle.view().highWatermark() > publisher.image().offset() + 1) {
            // It moved on before the waiter was there.
            context.getSelf().tell(new Controller.FollowerAdvanced(handle));
        }
    }
}
