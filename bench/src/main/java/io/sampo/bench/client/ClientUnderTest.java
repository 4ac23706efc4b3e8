package io.sampo.bench.client;

import java.util.Iterator;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// A client, as its users would use it for the work.
///
/// Thread rule: the worker's thread, but for what is said.
interface ClientUnderTest extends AutoCloseable {

    /// A record on its way.
    record Written(int partition, byte[] value) {}

    /// Writes what is asked of a topic, as fast as it goes; its connections are made before it is measured.
    interface Writing extends AutoCloseable {
        /// @return when all is acknowledged
        void run(Iterator<Written> records) throws Exception;

        @Override
        void close();
    }

    /// Writes one record at a time.
    interface Sender extends AutoCloseable {
        /// @return completes when it is acknowledged
        CompletionStage<?> send(Written record);

        @Override
        void close();
    }

    /// A stream that goes on until it is closed.
    interface Tail extends AutoCloseable {
        @Override
        void close();
    }

    /// For [Work.Kind#WRITE].
    Writing writing(Work work) throws Exception;

    /// Reads from the beginning of each partition until `more` says that it was enough.
    ///
    /// @param more is given each value, by one thread at a time
    void read(Work work, Predicate<byte[]> more) throws Exception;

    /// For [Work.Kind#PACE].
    Sender sender(Work work) throws Exception;

    /// Reads what comes from now on.
    ///
    /// @param values by one thread at a time
    Tail tail(Work work, Consumer<byte[]> values) throws Exception;

    @Override
    void close();
}
