package io.sampo.streams.connection;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sampo.tcp.loop.LoopConfig;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;

/// The actor system that a client without one of its own runs on: daemon threads only, one or two event loops, and
/// nothing of the application's `application.conf`, which may be made for another system in the same process. It ends
/// by `close`, not by a hook of the JVM: until an application has closed its client, what it sends while it shuts down
/// must still leave.
public final class ClientSystem implements AutoCloseable {

    private static final long CLOSE_TIMEOUT_MS = 10_000;
    private static final int MAX_LOOPS = 2;

    private final ActorSystem system;

    private ClientSystem(ActorSystem system) {
        this.system = system;
    }

    /// @param name letters, digits and hyphens; begins the names of its threads
    public static ClientSystem start(String name) {
        int loops = Math.min(MAX_LOOPS, Runtime.getRuntime().availableProcessors());
        Config config = ConfigFactory.parseString("""
                pekko {
                  daemonic = on
                  jvm-shutdown-hooks = off
                  coordinated-shutdown.run-by-jvm-shutdown-hook = off
                  coordinated-shutdown.exit-jvm = off
                  loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
                  logging-filter = "org.apache.pekko.event.slf4j.Slf4jLoggingFilter"
                  logger-startup-timeout = 30s
                  loglevel = "WARNING"
                  stdout-loglevel = "OFF"
                  log-dead-letters = off
                  log-dead-letters-during-shutdown = off
                  actor.default-dispatcher.fork-join-executor {
                    parallelism-min = 2
                    parallelism-factor = 1.0
                  }
                }
                """ + LoopConfig.render(loops));
        ClassLoader loader = ClientSystem.class.getClassLoader();
        return new ClientSystem(ActorSystem.create(
                name,
                config.withFallback(ConfigFactory.defaultReference(loader)).resolve(),
                loader));
    }

    public ActorSystem system() {
        return system;
    }

    /// Ends all streams and threads of the system; waits for it for up to 10 s.
    ///
    /// @throws IllegalStateException when it has not ended by then
    @Override
    public void close() {
        system.terminate();
        try {
            system.getWhenTerminated()
                    .toCompletableFuture()
                    .orTimeout(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException e) {
            throw new IllegalStateException(system.name() + " did not end within " + CLOSE_TIMEOUT_MS + " ms", e);
        }
    }
}
