package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open channel and the number of its present users. It is closed when it was evicted and the last user has
/// left. A user that never leaves (a slice of a connection that died) leaves the closing to the garbage collector,
/// which closes channels that nobody reaches.
final class OpenFile {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFile.class);
    private static final int CLOSED = -1;

    final FileChannel channel;
    private final AtomicInteger leases = new AtomicInteger(1);
    private volatile boolean evicted;

    /// Set by each use, cleared by the eviction's second chance. Races do no harm.
    boolean used = true;

    /// Where the channel's own position is; the appending thread's.
    long writePosition = -1;

    /// With one lease, the opener's.
    OpenFile(FileChannel channel) {
        this.channel = channel;
    }

    /// @return false when it is closed already
    boolean lease() {
        while (true) {
            int now = leases.get();
            if (now == CLOSED || !channel.isOpen()) {
                return false;
            }
            if (leases.compareAndSet(now, now + 1)) {
                used = true;
                return true;
            }
        }
    }

    void release() {
        if (leases.decrementAndGet() == 0 && evicted) {
            closeIfUnused();
        }
    }

    void evict() {
        evicted = true;
        closeIfUnused();
    }

    private void closeIfUnused() {
        if (leases.compareAndSet(0, CLOSED)) {
            try {
                channel.close();
            } catch (IOException failed) {
                LOG.warn("Closing a file failed", failed);
            }
        }
    }
}
