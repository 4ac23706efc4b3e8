package io.sampo.tcp.connection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides for one connection which bytes of a file may be sent from the event loop, as they are in the page cache,
/// and which another thread has to read first, so that a disk does not hold up the loop's other connections.
///
/// Evidence, cheapest first: a range that was judged before; the end of the file, which was just written; the page
/// cache's word on the last pages of the range; and, for a while after a transfer that took long, its word on the
/// whole range. A wrong guess costs time, never data.
///
/// Thread rule: the connection's loop, except [PreRead#run].
final class ColdReads {

    /// Judged, and read by another thread, at once.
    static final long STEP_BYTES = 4 * 1024 * 1024;

    /// So near to the end of a file nothing is cold: a consumer that keeps up is not asked about.
    static final long TAIL_BYTES = 64 * 1024;

    /// In place of a whole range these last bytes of it are looked up: the kernel reads forward.
    static final long PROBE_BYTES = 16 * 1024;

    /// A transfer that took longer may have waited for a disk.
    static final long SLOW_TRANSFER_NS = 1_000_000;

    /// Sent without a cold range, until a probe is trusted again after a slow transfer.
    static final long WARY_BYTES = 64 * 1024 * 1024;

    private static final Logger log = LoggerFactory.getLogger(ColdReads.class);

    private final PageCache pageCache;
    private @Nullable FileChannel warmFile;
    private long warmFrom;
    private long warmUntil;
    private long waryBytes;
    private @Nullable PreRead wanted;

    ColdReads(PageCache pageCache) {
        this.pageCache = pageCache;
    }

    /// How many of the bytes from `position` on may be sent now. 0: none before [#takeWanted] has been run.
    ///
    /// @param count at least 1
    @SuppressWarnings("ReferenceEquality") // an open file is itself
    long sendable(FileChannel file, long position, long count) throws IOException {
        if (file == warmFile && position >= warmFrom && position < warmUntil) {
            return Math.min(count, warmUntil - position);
        }
        long step = Math.min(count, STEP_BYTES);
        long end = position + step;
        long sizeBytes = file.size();
        if (end > sizeBytes - TAIL_BYTES) {
            warm(file, position, sizeBytes + TAIL_BYTES);
            return step;
        }
        long probed = waryBytes > 0 ? step : Math.min(step, PROBE_BYTES);
        if (!pageCache.holds(file, end - probed, probed)) {
            waryBytes = WARY_BYTES;
            wanted = new PreRead(file, position, step);
            return 0;
        }
        waryBytes = Math.max(0, waryBytes - step);
        warm(file, position, end);
        return step;
    }

    /// The loop has sent from a file.
    void sent(long elapsedNs) {
        if (elapsedNs > SLOW_TRANSFER_NS) {
            // The rest of a judged range is judged anew.
            warmFile = null;
            waryBytes = WARY_BYTES;
        }
    }

    /// What has to be read before the connection goes on, once.
    @Nullable
    PreRead takeWanted() {
        PreRead taken = wanted;
        wanted = null;
        return taken;
    }

    /// `read` was run. However it ended: a file that cannot be read says so when it is sent.
    void done(PreRead read) {
        warm(read.file, read.position, read.position + read.bytes);
    }

    private void warm(FileChannel file, long from, long until) {
        warmFile = file;
        warmFrom = from;
        warmUntil = until;
    }

    /// A range that is to be brought into the page cache.
    record PreRead(FileChannel file, long position, long bytes) {

        private static final int PIECE_BYTES = 256 * 1024;

        /// Blocks. On any thread that is never interrupted: that would close the file for all.
        void run(BufferPool pool) {
            BufferPool.Buffer piece = pool.acquire(PIECE_BYTES);
            try {
                long end = position + bytes;
                long next = position;
                int read = 0;
                while (next < end && read >= 0) {
                    ByteBuffer room = piece.bytes().clear();
                    room.limit((int) Math.min(room.capacity(), end - next));
                    read = file.read(room, next);
                    next += read;
                }
            } catch (IOException e) {
                log.debug("reading ahead failed", e);
            } finally {
                pool.release(piece);
            }
        }
    }
}
