package io.sampo.compatibility.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/// A TCP port of 127.0.0.1 that nobody listens on, for a broker that must keep its port over restarts.
///
/// Below the range from which the kernel gives ports to outgoing connections (32768 and up on Linux): a client's
/// own connection would otherwise take the port while the broker is down.
public final class FreePort {
    private static final int FIRST = 12_000;
    private static final int COUNT = 20_000;

    /// Two builds at the same time begin at different places.
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 97 % COUNT));

    private FreePort() {}

    public static int next() {
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // taken
            }
        }
        throw new AssertionError("no free port from " + FIRST + " to " + (FIRST + COUNT));
    }
}
