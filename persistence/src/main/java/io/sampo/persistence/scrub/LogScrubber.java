package io.sampo.persistence.scrub;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.persistence.log.DamageSuspects;
import io.sampo.persistence.log.DamagedRange;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.FilePartitionLogs;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the closed segments of all partitions of a node again and again, slowly, and checks every batch: damage
/// must be found while other replicas still have the records. Segments in which a reader met something come first,
/// and are read without a pause.
///
/// Says what it finds; what becomes of it is decided elsewhere. One thread of low priority does it, in pieces of a
/// batch; appends and readers do not wait for it. The rounds survive restarts ([ScrubProgress]), also one that found
/// damage: it is found again soon after the start.
///
/// Thread rule: [#start], [#change] and [#close] by the node.
public final class LogScrubber implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogScrubber.class);
    private static final long TELL_INTERVAL_MS = 5_000;
    private static final long MAX_LOOK_INTERVAL_MS = 60_000;
    private static final long NAP_MS = 100;

    /// Shorter waits are put together: batches are small.
    private static final long LEEWAY_NANOS = 10_000_000;

    private static final long CLOSE_LIMIT_MS = 10_000;

    private final FilePartitionLogs logs;
    private final DamageListener listener;
    private final LongSupplier nowMs;
    private final Thread thread;
    private final Pace pace = new Pace();
    private volatile ScrubSettings settings;

    // Of the scrub's thread.
    private final Map<PartitionId, ScrubProgress> progress = new HashMap<>();
    private final Set<PartitionId> damaged = new HashSet<>();
    private long toldNanos = System.nanoTime();

    private final Semaphore calls = new Semaphore(0);
    private volatile boolean stopping;

    /// @param nowMs wall clock, milliseconds
    public LogScrubber(FilePartitionLogs logs, DamageListener listener, ScrubSettings settings, LongSupplier nowMs) {
        this.logs = logs;
        this.listener = listener;
        this.settings = settings;
        this.nowMs = nowMs;
        this.thread = Thread.ofPlatform()
                .name("sampo-log-scrub")
                .daemon()
                .priority(Thread.MIN_PRIORITY)
                .unstarted(this::run);
    }

    public void start() {
        logs.suspects().listen(this::call);
        thread.start();
    }

    /// Takes other settings, for the next bytes that are read. Any thread; does not wait.
    public void change(ScrubSettings changed) {
        settings = changed;
        call();
    }

    private void call() {
        calls.release();
    }

    /// Waits, but no longer than until somebody calls.
    private void nap(long ms) {
        try {
            // The call of the end may have been used up by the nap before.
            if (!stopping && calls.tryAcquire(Math.max(1, ms), TimeUnit.MILLISECONDS)) {
                calls.drainPermits();
            }
        } catch (InterruptedException unexpected) {
            stopping = true;
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!stopping) {
            try {
                lookAround();
            } catch (RuntimeException unexpected) {
                LOG.error("The scrub of the logs failed and goes on at its next turn", unexpected);
            }
            nap(Math.clamp(settings.intervalMs() / 4, 1, damaged.isEmpty() ? MAX_LOOK_INTERVAL_MS : TELL_INTERVAL_MS));
        }
    }

    /// One turn over all partitions whose round is due.
    private void lookAround() {
        attend();
        List<FilePartitionLog> open = logs.openLogs();
        progress.keySet().retainAll(open.stream().map(FilePartitionLog::id).collect(Collectors.toSet()));
        for (FilePartitionLog log : open) {
            if (stopping || settings.bytesPerSecond() == 0) {
                return;
            }
            try {
                goOn(log);
            } catch (PartitionLogException | IOException failed) {
                // Not again before the next round: others have their turn.
                progress.put(log.id(), new ScrubProgress(nowMs.getAsLong(), ScrubProgress.DONE));
                LOG.warn("The scrub of partition {} ({}) stopped: {}", log.id(), log.topic(), failed.toString());
            }
        }
    }

    private void goOn(FilePartitionLog log) throws IOException {
        ScrubProgress at = progress.get(log.id());
        if (at == null) {
            at = ScrubProgress.read(log.directory());
        }
        long startMs = nowMs.getAsLong();
        if (at.isDue(startMs, settings.intervalMs())) {
            at = at.isDone() ? new ScrubProgress(startMs, 0) : at;
            at = round(log, at);
        }
        progress.put(log.id(), at);
    }

    /// @return how far it came
    private ScrubProgress round(FilePartitionLog log, ScrubProgress from) throws IOException {
        ScrubProgress at = from;
        boolean sound = true;
        long segment = log.closedSegmentFrom(at.nextOffset());
        while (segment >= 0) {
            List<DamagedRange> found = check(log, segment, this::paced);
            if (found == null && (stopping || log.isClosed() || settings.bytesPerSecond() == 0)) {
                return at;
            }
            sound &= found == null || found.isEmpty();
            at = new ScrubProgress(at.beganMs(), segment + 1);
            if (sound) {
                at.write(log.directory());
            }
            segment = log.closedSegmentFrom(at.nextOffset());
        }
        boolean sawSomething = at.nextOffset() > from.nextOffset() || from.nextOffset() > 0;
        ScrubProgress done = new ScrubProgress(at.beganMs(), ScrubProgress.DONE);
        if (sound && sawSomething) {
            done.write(log.directory());
        }
        return done;
    }

    private @Nullable List<DamagedRange> check(FilePartitionLog log, long segment, IntPredicate pacing) {
        List<DamagedRange> before = log.damagedRanges();
        List<DamagedRange> found = log.check(segment, pacing);
        for (DamagedRange range : found == null ? List.<DamagedRange>of() : found) {
            if (!before.contains(range)) {
                LOG.error(
                        "Damage in partition {} ({}): {}; offsets {} to {} (exclusive) cannot be read here",
                        log.id(),
                        log.topic(),
                        range.what(),
                        range.fromOffset(),
                        range.toOffset());
            }
        }
        if (found != null && !found.isEmpty()) {
            damaged.add(log.id());
            tell(log);
        }
        return found;
    }

    private boolean paced(int bytes) {
        ScrubSettings now = settings;
        long dueNanos = pace.pass(bytes, Math.max(1, now.bytesPerSecond()), System.nanoTime());
        long left = dueNanos - System.nanoTime();
        while (left > LEEWAY_NANOS && !stopping && now.equals(settings)) {
            attend();
            nap(Math.min(NAP_MS, left / 1_000_000 + 1));
            left = dueNanos - System.nanoTime();
        }
        return !stopping && settings.bytesPerSecond() > 0;
    }

    // ---- what cannot wait for its turn -----------------------------------------------------------------------

    private void attend() {
        DamageSuspects.Suspect suspect = logs.suspects().poll();
        while (suspect != null && !stopping) {
            PartitionId id = suspect.id();
            long segment = suspect.segmentBaseOffset();
            logs.openLogs().stream()
                    .filter(log -> log.id().equals(id))
                    .forEach(log -> check(log, segment, _ -> !stopping));
            suspect = logs.suspects().poll();
        }
        if (!damaged.isEmpty() && System.nanoTime() - toldNanos >= TELL_INTERVAL_MS * 1_000_000) {
            toldNanos = System.nanoTime();
            Set<PartitionId> still = new HashSet<>();
            for (FilePartitionLog log : logs.openLogs()) {
                if (damaged.contains(log.id()) && tell(log)) {
                    still.add(log.id());
                }
            }
            damaged.retainAll(still);
        }
    }

    /// @return false when nothing is known to be damaged any more
    private boolean tell(FilePartitionLog log) {
        List<DamagedRange> ranges = log.damagedRanges();
        if (ranges.isEmpty()) {
            return false;
        }
        listener.damaged(
                log.id(), ranges.getFirst().fromOffset(), ranges.getLast().toOffset());
        return true;
    }

    /// Ends the work at the next batch.
    @Override
    public void close() {
        stopping = true;
        call();
        try {
            thread.join(CLOSE_LIMIT_MS);
            if (thread.isAlive()) {
                LOG.warn("The scrub of the logs still waits for the disk and is left behind");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
