package io.sampo.tcp.connection;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// What the stages of one connection and the watch over all connections share: its addresses, the limits that apply
/// now, and since when it waits for what.
///
/// Thread rule: the connection's thread writes; `overdue`, `close` and `drain` come from any thread.
public final class Connection {

    private static final long NEVER = -1;

    private final long id;
    private final String listener;
    private final SecurityProtocol securityProtocol;
    private final InetSocketAddress remote;
    private final InetSocketAddress local;
    private final SocketSettings settings;
    private final BufferPool pool;
    private final MemoryBudget budget;
    private final Runnable onClosed;
    private final long openedMs = nowMs();

    private volatile int maxFrameBytes;
    private volatile boolean authenticated;
    private volatile boolean waitsForHandlers;
    private volatile boolean reportedByOwner;
    private volatile long lastActivityMs = openedMs;
    private volatile long frameStartedMs = NEVER;
    private volatile long writeBlockedMs = NEVER;
    private volatile @Nullable Signals signals;
    private @Nullable SSLSession tlsSession;
    private @Nullable Frame betweenStages;

    /// @param onClosed called once, on the connection's thread, when the socket is closed
    public Connection(
            long id,
            String listener,
            SecurityProtocol securityProtocol,
            InetSocketAddress remote,
            InetSocketAddress local,
            SocketSettings settings,
            BufferPool pool,
            MemoryBudget budget,
            Runnable onClosed) {
        this.id = id;
        this.listener = listener;
        this.securityProtocol = securityProtocol;
        this.remote = remote;
        this.local = local;
        this.settings = settings;
        this.pool = pool;
        this.budget = budget;
        this.onClosed = onClosed;
        this.maxFrameBytes = Math.min(settings.authenticationMaxBytes(), settings.socketRequestMaxBytes());
    }

    /// Monotonic clock of the connections, milliseconds.
    public static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    public long id() {
        return id;
    }

    public String listener() {
        return listener;
    }

    public SecurityProtocol securityProtocol() {
        return securityProtocol;
    }

    public InetSocketAddress remote() {
        return remote;
    }

    public InetSocketAddress local() {
        return local;
    }

    public InetAddress remoteAddress() {
        return remote.getAddress();
    }

    public SocketSettings settings() {
        return settings;
    }

    BufferPool pool() {
        return pool;
    }

    MemoryBudget budget() {
        return budget;
    }

    int maxFrameBytes() {
        return maxFrameBytes;
    }

    public Optional<SSLSession> tlsSession() {
        return Optional.ofNullable(tlsSession);
    }

    /// Payload may flow. Without SASL nothing more is asked of the client.
    void established(Optional<SSLSession> session) {
        tlsSession = session.orElse(null);
        if (securityProtocol == SecurityProtocol.PLAINTEXT || securityProtocol == SecurityProtocol.SSL) {
            authenticated();
        }
    }

    /// Full frame size from now on, and no more deadline to authenticate.
    public void authenticated() {
        authenticated = true;
        maxFrameBytes = settings.socketRequestMaxBytes();
    }

    /// Why it ends is logged by its owner, not by the socket's stage.
    public void reportedByOwner() {
        reportedByOwner = true;
    }

    boolean isReportedByOwner() {
        return reportedByOwner;
    }

    void active() {
        lastActivityMs = nowMs();
    }

    void frameStarted() {
        if (frameStartedMs == NEVER) {
            frameStartedMs = nowMs();
        }
    }

    void frameEnded() {
        if (frameStartedMs != NEVER) {
            frameStartedMs = NEVER;
        }
    }

    void writeBlocked() {
        writeBlockedMs = nowMs();
    }

    void writeUnblocked() {
        if (writeBlockedMs != NEVER) {
            writeBlockedMs = NEVER;
        }
    }

    void waitsForHandlers(boolean waits) {
        if (waitsForHandlers != waits) {
            waitsForHandlers = waits;
        }
    }

    /// A frame on its way to the next stage. A stage that ends may never see it; it must not be lost with its
    /// memory.
    void handOver(Frame frame) {
        betweenStages = frame;
    }

    public void handedOver() {
        betweenStages = null;
    }

    void signals(Signals toStages) {
        this.signals = toStages;
    }

    /// The socket is closed.
    public void closed() {
        Frame lost = betweenStages;
        if (lost != null) {
            betweenStages = null;
            lost.release();
        }
        onClosed.run();
    }

    /// Why this connection should be closed now, or null.
    public @Nullable String overdue(long nowMs) {
        if (!authenticated && nowMs - openedMs > settings.authenticationTimeoutMs()) {
            return "not authenticated within " + settings.authenticationTimeoutMs() + " ms";
        }
        long frameStarted = frameStartedMs;
        if (frameStarted != NEVER && nowMs - frameStarted > settings.frameTimeoutMs()) {
            return "a frame did not complete within " + settings.frameTimeoutMs() + " ms";
        }
        long writeBlocked = writeBlockedMs;
        if (writeBlocked != NEVER && nowMs - writeBlocked > settings.slowReaderTimeoutMs()) {
            return "the client read nothing of its answer for " + settings.slowReaderTimeoutMs() + " ms";
        }
        if (!waitsForHandlers && nowMs - lastActivityMs > settings.connectionsMaxIdleMs()) {
            return "idle for " + settings.connectionsMaxIdleMs() + " ms";
        }
        return null;
    }

    /// Closes the connection now; unanswered requests get no answer.
    public void close(String reason) {
        Signals toStages = signals;
        if (toStages != null) {
            toStages.close(reason);
        }
    }

    /// Reads no further request, answers those in flight, then closes.
    public void drain() {
        Signals toStages = signals;
        if (toStages != null) {
            toStages.drain();
        }
    }

    @Override
    public String toString() {
        return "connection " + id + " from " + remote.getAddress().getHostAddress() + ":" + remote.getPort() + " on "
                + listener;
    }

    /// From outside into the stages; any thread.
    interface Signals {
        void close(String reason);

        void drain();
    }
}
