package io.sampo.tcp.loop;

import com.typesafe.config.Config;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/// `executor` of the dispatchers `sampo.tcp.loop-0..n`: runs their actors on event loop `loop-index`, so that a
/// connection's stages, its socket and their selector share one thread.
public final class EventLoopExecutorConfigurator extends ExecutorServiceConfigurator {

    private final EventLoopGroup group;
    private final int loopIndex;

    /// @param config the dispatcher's section; `loop-index` counts from 0
    public EventLoopExecutorConfigurator(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        this.group = EventLoopGroup.of(prerequisites);
        this.loopIndex = config.getInt("loop-index");
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
        return () -> new LoopExecutor(List.of(group.acquire(loopIndex)), List::getFirst);
    }
}
