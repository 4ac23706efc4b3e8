package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/// Segments in which a reader met what looks like damage, each once, until somebody checks them.
///
/// Thread rule: any thread.
public final class DamageSuspects {

    /// Beyond it a suspect is dropped: whoever reads there again brings it back.
    static final int MAX_SUSPECTS = 10_000;

    /// @param segmentBaseOffset names the segment
    public record Suspect(PartitionId id, long segmentBaseOffset) {}

    private final LinkedHashSet<Suspect> waiting = new LinkedHashSet<>();
    private Runnable listener = () -> {};

    DamageSuspects() {}

    /// @param newListener runs when a suspect was added; on the thread that met it, so it must not wait
    public synchronized void listen(Runnable newListener) {
        listener = newListener;
    }

    void add(PartitionId id, long segmentBaseOffset) {
        Runnable told;
        synchronized (this) {
            if (waiting.size() >= MAX_SUSPECTS || !waiting.add(new Suspect(id, segmentBaseOffset))) {
                return;
            }
            told = listener;
        }
        told.run();
    }

    /// The oldest; null when there is none.
    public synchronized @Nullable Suspect poll() {
        return waiting.isEmpty() ? null : waiting.removeFirst();
    }
}
