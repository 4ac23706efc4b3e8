package io.sampo.actors.partition;

import io.sampo.actors.partition.LeaderHandle.BarrierListener;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.common.protocol.Errors;

/// The voters beside a leader in memory. There are none until a test wants them; from then on each barrier waits
/// until the test says what a majority answered.
public final class OtherVoters {
    private final BlockingQueue<BarrierListener> asked = new LinkedBlockingQueue<>();
    private volatile boolean present;

    public void join() {
        present = true;
    }

    public boolean arePresent() {
        return present;
    }

    /// To be called by the leader's [LeaderHandle#barrier].
    public void ask(BarrierListener listener) {
        asked.add(listener);
    }

    public int askedCount() {
        return asked.size();
    }

    /// Answers all barriers that wait.
    ///
    /// @param error NONE: a majority still follows this leader
    public void answer(Errors error) {
        for (BarrierListener listener = asked.poll(); listener != null; listener = asked.poll()) {
            listener.completed(error, error == Errors.NONE ? 0 : -1);
        }
    }
}
