package io.sampo.tcp.loop;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.MonitorableThreadFactory;
import org.jspecify.annotations.Nullable;

/// The event loops of one actor system. Each is started by the first dispatcher that needs it and ends with the
/// last.
///
/// Thread rule: any thread.
final class EventLoopGroup {

    /// Keyed by the system's event stream: what all dispatchers of a system have in common and get handed.
    private static final Map<Object, EventLoopGroup> BY_SYSTEM = new WeakHashMap<>();

    private final String systemName;
    private final boolean daemon;
    private final @Nullable UncaughtExceptionHandler fatalErrors;
    private final List<@Nullable EventLoop> loops = new ArrayList<>();
    private final AtomicInteger nextLoop = new AtomicInteger();

    EventLoopGroup(String systemName, boolean daemon, @Nullable UncaughtExceptionHandler fatalErrors) {
        this.systemName = systemName;
        this.daemon = daemon;
        this.fatalErrors = fatalErrors;
    }

    static EventLoopGroup of(DispatcherPrerequisites prerequisites) {
        synchronized (BY_SYSTEM) {
            return BY_SYSTEM.computeIfAbsent(prerequisites.eventStream(), _ -> {
                boolean daemon = false;
                UncaughtExceptionHandler handler = null;
                if (prerequisites.threadFactory() instanceof MonitorableThreadFactory factory) {
                    daemon = factory.daemonic();
                    handler = factory.exceptionHandler();
                }
                return new EventLoopGroup(prerequisites.settings().name(), daemon, handler);
            });
        }
    }

    /// The loop, retained for the caller, started if it does not run.
    synchronized EventLoop acquire(int index) {
        while (loops.size() <= index) {
            loops.add(null);
        }
        EventLoop running = loops.get(index);
        if (running != null && running.retain()) {
            return running;
        }
        EventLoop started = new EventLoop(systemName + "-loop-" + index, index, daemon, fatalErrors);
        loops.set(index, started);
        started.start();
        return started;
    }

    int nextIndex() {
        return nextLoop.getAndIncrement();
    }
}
