package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// One broker process on this machine, with a data directory of its own. Not thread-safe.
interface Broker extends AutoCloseable {

    /// `sampo` or `kafka`, as tables show it.
    String name();

    /// Starts (or restarts) the process on its data directory and returns once a client gets an answer from it.
    ///
    /// @throws IOException when it does not serve within its time, with the end of its output
    void start() throws IOException, InterruptedException;

    /// `127.0.0.1:port`.
    String address();

    /// Of the broker's JVM itself.
    long pid();

    /// Ends the process at once, as `kill -9` does.
    void kill() throws InterruptedException;

    /// Ends the process in an orderly way and waits for it.
    void stop() throws InterruptedException;

    Path dataDirectory();

    /// Topic configs that make an acknowledgement mean the same on both brokers.
    Map<String, String> topicConfigs(Durability durability);

    @Override
    void close() throws IOException;
}
