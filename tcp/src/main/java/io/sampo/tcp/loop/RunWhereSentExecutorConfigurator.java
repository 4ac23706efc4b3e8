package io.sampo.tcp.loop;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.jspecify.annotations.Nullable;

/// `executor` of `sampo.replica-dispatcher`: an actor that gets a message from an event loop runs on that same
/// loop, right after the sender and without waking another core, so that one thread carries a request from its
/// socket to the log and back. A message from any other thread goes to a loop that is awake already, else to the
/// next one in turn, which is woken.
///
/// Actors on it must not block: they share the threads of the connections.
public final class RunWhereSentExecutorConfigurator extends ExecutorServiceConfigurator {

    private final EventLoopGroup group;
    private final int loopCount;

    public RunWhereSentExecutorConfigurator(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        this.group = EventLoopGroup.of(prerequisites);
        this.loopCount = prerequisites.settings().config().getInt(LoopConfig.LOOPS);
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
        return () -> {
            List<EventLoop> loops = new ArrayList<>(loopCount);
            for (int index = 0; index < loopCount; index++) {
                loops.add(group.acquire(index));
            }
            return new LoopExecutor(loops, this::choose);
        };
    }

    private EventLoop choose(List<EventLoop> loops) {
        @Nullable EventLoop sender = EventLoop.current();
        // Identity by index: loops of another system in the same JVM (tests) must not take our tasks.
        if (sender != null && sender.index() < loops.size() && isSame(loops.get(sender.index()), sender)) {
            return sender;
        }
        int first = Math.floorMod(group.nextIndex(), loops.size());
        for (int i = 0; i < loops.size(); i++) {
            EventLoop candidate = loops.get((first + i) % loops.size());
            if (!candidate.isAsleep()) {
                return candidate;
            }
        }
        return loops.get(first);
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(EventLoop a, EventLoop b) {
        return a == b;
    }
}
