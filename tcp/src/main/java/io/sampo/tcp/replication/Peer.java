package io.sampo.tcp.replication;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import io.sampo.core.partition.ReplicaTransport.ConnectionListener;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// The way to and from one other node: the connection that this node dialled carries its requests and the answers
/// to
/// them, the one that the other dialled carries the other's requests and this node's answers.
///
/// Thread rule: any thread; the listener is told under this object's lock, in order.
final class Peer {
    private static final Logger log = LoggerFactory.getLogger(Peer.class);

    /// How a connection is begun, now or later. Neither waits.
    interface Dialling {
        ReplicationLink newLink(Peer peer);

        /// What goes wrong comes as [Peer#ended], if need be at once.
        void start(ReplicationLink link, InetSocketAddress address);

        void later(long delayMs, Runnable task);
    }

    private final int nodeId;
    private final ReplicationSocketSettings settings;
    private final ReplicationCounters counters;
    private final ConnectionListener listener;
    private final Dialling dialling;
    private final RareLog losses = new RareLog(log, Level.INFO);
    private final RareLog drops = new RareLog(log, Level.ERROR);

    private boolean listed;
    private @Nullable InetSocketAddress address;
    private @Nullable ReplicationLink dialled;
    /// Whether the listener knows of `dialled`.
    private boolean dialledIsUp;
    private @Nullable ReplicationLink accepted;
    private long backoffMs;
    private boolean retryWaits;

    Peer(
            int nodeId,
            ReplicationSocketSettings settings,
            ReplicationCounters counters,
            ConnectionListener listener,
            Dialling dialling) {
        this.nodeId = nodeId;
        this.settings = settings;
        this.counters = counters;
        this.listener = listener;
        this.dialling = dialling;
        this.backoffMs = settings.reconnectBackoffMs();
    }

    int nodeId() {
        return nodeId;
    }

    /// It has an address soon.
    synchronized void list() {
        listed = true;
    }

    synchronized boolean isUnused() {
        return !listed && dialled == null && accepted == null;
    }

    /// @param now null when the node is not listed any more
    void address(@Nullable InetSocketAddress now) {
        ReplicationLink old;
        synchronized (this) {
            listed = now != null;
            if (Objects.equals(now, address)) {
                return;
            }
            address = now;
            backoffMs = settings.reconnectBackoffMs();
            old = dialled;
            dialled = null;
            tellLost();
            if (old != null && !retryWaits) {
                dial();
            }
        }
        if (old != null) {
            old.close(now == null ? "the node is not listed any more" : "the node moved to " + now);
        }
    }

    private void tellLost() {
        if (dialledIsUp) {
            dialledIsUp = false;
            counters.losses.increment();
            listener.lost(nodeId);
        }
    }

    void send(ReplicaEnvelope envelope) {
        ReplicationLink link = envelope.message() instanceof TailMessage ? answering() : asking();
        if (link == null) {
            counters.droppedUnconnected.increment();
            return;
        }
        switch (link.send(envelope)) {
            case WAITS, WAKE_WRITER -> {}
            case CLOSED -> counters.droppedUnconnected.increment();
            case NO_ROOM -> counters.droppedWithoutRoom.increment();
            case TOO_LARGE -> {
                counters.droppedWithoutRoom.increment();
                drops.line("Dropped a message to node " + nodeId + " about " + envelope.partition()
                        + ": it is larger than a frame of " + settings.maxFrameBytes() + " bytes may be");
            }
        }
    }

    /// The connection for answers; null when the other node asks no more.
    synchronized @Nullable ReplicationLink answering() {
        return accepted;
    }

    /// The connection for requests: dialled when it is not there; null while that makes no sense.
    private synchronized @Nullable ReplicationLink asking() {
        if (dialled == null && !retryWaits) {
            dial();
        }
        return dialled;
    }

    private synchronized void dial() {
        InetSocketAddress to = address;
        if (to != null && dialled == null) {
            ReplicationLink link = dialling.newLink(this);
            dialled = link;
            dialling.start(link, to);
        }
    }

    /// @return false when the node is not to be reached there any more
    synchronized boolean isUp(ReplicationLink link) {
        if (!isSame(dialled, link)) {
            return false;
        }
        backoffMs = settings.reconnectBackoffMs();
        dialledIsUp = true;
        counters.connects.increment();
        log.info("Connected to node {} at {}", nodeId, text(address));
        listener.connected(nodeId);
        return true;
    }

    /// Whoever dials can be dialled: a next attempt does not wait any longer. What is led by the other node would
    /// else be without what this node has to ask it, up to the longest pause.
    void accepted(ReplicationLink link) {
        ReplicationLink old;
        synchronized (this) {
            old = accepted;
            accepted = link;
            if (retryWaits) {
                backoffMs = settings.reconnectBackoffMs();
                dial();
            }
        }
        if (old != null) {
            old.close("node " + nodeId + " connected again");
        }
    }

    synchronized void acceptedEnded(ReplicationLink link) {
        if (isSame(accepted, link)) {
            accepted = null;
        }
    }

    /// A dialled connection is over, or never came to be: the next attempt follows.
    synchronized void ended(ReplicationLink link) {
        if (!isSame(dialled, link)) {
            return;
        }
        dialled = null;
        Throwable reason = link.endReason();
        losses.line((dialledIsUp ? "Lost the connection to node " : "No connection to node ") + nodeId + " at "
                + text(address) + ": " + (reason == null ? "it ended" : reason.getMessage()));
        if (dialledIsUp) {
            tellLost();
        } else if (isRefusal(reason)) {
            listener.refused(nodeId);
        }
        retryWaits = true;
        dialling.later(jittered(backoffMs), this::retry);
        backoffMs = Math.min(2 * backoffMs, settings.reconnectBackoffMaxMs());
    }

    private synchronized void retry() {
        retryWaits = false;
        dial();
    }

    private static long jittered(long backoffMs) {
        long fifth = backoffMs / 5;
        return backoffMs + ThreadLocalRandom.current().nextLong(-fifth, fifth + 1);
    }

    /// The JDK tells a refusal from a timeout by the words only.
    private static boolean isRefusal(@Nullable Throwable reason) {
        return reason instanceof ConnectException
                && String.valueOf(reason.getMessage()).contains("refused");
    }

    private static String text(@Nullable InetSocketAddress address) {
        return address == null ? "no address" : address.getHostString() + ":" + address.getPort();
    }

    void close() {
        address(null);
        ReplicationLink answers = answering();
        if (answers != null) {
            answers.close("this node stops");
        }
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(@Nullable ReplicationLink a, ReplicationLink b) {
        return a == b;
    }
}
