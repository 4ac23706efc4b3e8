package io.sampo.streams.consume;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.fetch.Chunk;
import io.sampo.streams.fetch.RecordCursor;
import org.jspecify.annotations.Nullable;

/// A chunk whose records are being handed out.
///
/// Thread rule: one thread at a time.
final class OpenChunk implements AutoCloseable {
    private final Chunk chunk;
    private final RecordCursor cursor;
    private final Owned owner;

    OpenChunk(Chunk chunk, Owned owner) {
        this.chunk = chunk;
        this.cursor = chunk.records();
        this.owner = owner;
    }

    Owned owner() {
        return owner;
    }

    /// The next record, which is out from now on; null at the end of the chunk.
    ///
    /// @throws io.sampo.streams.fetch.FetchFailure when it cannot be read
    @Nullable
    Delivery<Event<byte[], byte[]>> next() {
        if (!cursor.next()) {
            owner.passed(chunk.nextOffset());
            return null;
        }
        long offset = cursor.offset();
        owner.delivered(offset, cursor.leaderEpoch().orElse(-1), cursor.timestampMs());
        return Delivery.of(Events.of(cursor), () -> owner.acknowledge(offset));
    }

    @Override
    public void close() {
        cursor.close();
        chunk.close();
    }
}
