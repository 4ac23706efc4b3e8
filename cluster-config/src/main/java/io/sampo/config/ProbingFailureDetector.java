package io.sampo.config;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.event.EventStream;
import org.apache.pekko.remote.FailureDetector;
import org.apache.pekko.remote.FailureDetectorWithAddress;
import org.apache.pekko.remote.PhiAccrualFailureDetector;

/// Says soon that a node's process is gone: when a heartbeat is overdue, it knocks at the node's port, and a
/// connection that is refused twice means that nobody is there. A host that vanished refuses nothing: that is left
/// to Pekko's phi accrual detector, as is a node that is only slow.
///
/// A wrong answer costs a restart of that node and no record: the quorum decides who may write.
///
/// Thread rule: any thread; a probe runs on a thread of its own, one at a time.
public final class ProbingFailureDetector implements FailureDetector, FailureDetectorWithAddress {
    private static final int REFUSALS = 2;

    private final PhiAccrualFailureDetector phi;
    private final long overdueNanos;
    private final int connectTimeoutMs;
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicBoolean probing = new AtomicBoolean();
    private volatile long heardNanos = System.nanoTime();
    private volatile InetSocketAddress address = InetSocketAddress.createUnresolved("", 0);

    /// @param config of `pekko.cluster.failure-detector`: Pekko's own keys and `sampo-probe`
    public ProbingFailureDetector(Config config, EventStream events) {
        this.phi = new PhiAccrualFailureDetector(config, events);
        this.overdueNanos = config.getDuration("sampo-probe.overdue-after", TimeUnit.NANOSECONDS);
        Duration timeout = config.getDuration("sampo-probe.connect-timeout");
        this.connectTimeoutMs = (int) timeout.toMillis();
    }

    @Override
    public void setAddress(String resource) {
        phi.setAddress(resource);
        Address parsed = AddressFromURIString.parse(resource);
        if (parsed.hasGlobalScope()) {
            address = InetSocketAddress.createUnresolved(
                    parsed.getHost().orElseThrow(), parsed.getPort().orElseThrow());
        }
    }

    @Override
    public boolean isAvailable() {
        if (refused.get() >= REFUSALS) {
            return false;
        }
        if (phi.isMonitoring() && System.nanoTime() - heardNanos > overdueNanos) {
            probe();
        }
        return phi.isAvailable();
    }

    @Override
    public boolean isMonitoring() {
        return phi.isMonitoring();
    }

    @Override
    public void heartbeat() {
        heardNanos = System.nanoTime();
        refused.set(0);
        phi.heartbeat();
    }

    private void probe() {
        InetSocketAddress peer = address;
        if (peer.getPort() != 0 && probing.compareAndSet(false, true)) {
            Thread.ofVirtual().start(() -> {
                long askedNanos = heardNanos;
                boolean nobody = isRefused(peer);
                if (heardNanos == askedNanos) {
                    refused.updateAndGet(before -> nobody ? before + 1 : 0);
                }
                probing.set(false);
            });
        }
    }

    private boolean isRefused(InetSocketAddress peer) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(peer.getHostString(), peer.getPort()), connectTimeoutMs);
            return false;
        } catch (ConnectException refusedOrUnreachable) {
            return String.valueOf(refusedOrUnreachable.getMessage()).contains("refused");
        } catch (IOException other) {
            return false;
        }
    }
}
