package io.sampo.streams.consume;

import io.sampo.streams.fetch.StartPosition;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads records of owned partitions and hands them out, as deliveries that [OpenChunk] makes, while
/// a [GroupCourse] says what may be read.
///
/// Thread rule: the stage's.
interface Handout {
    /// These may be read.
    void begin(Map<Owned, StartPosition> added);

    /// Nothing of these is read or handed out any more; what is out may still be acknowledged.
    ///
    /// @return done when nothing that was read of them before can come any more: then they may begin anew
    CompletionStage<Void> stop(Collection<Owned> partitions);

    /// These were given up, or lost.
    void gone(Collection<Owned> partitions);

    /// Something has changed: there may be room for a delivery.
    void goOn();

    /// Calls [GroupCourse#leave] after this time.
    void leaveAfter(long limitMs);

    /// The group is left: the stage ends.
    void over(@Nullable Throwable failure);
}
