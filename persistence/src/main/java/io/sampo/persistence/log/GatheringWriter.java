package io.sampo.persistence.log;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Writes batches behind a segment's last one, in one gathering write. The segment's size and notes are the
/// caller's.
///
/// Thread rule: under the lock of the log's segments.
final class GatheringWriter {
    private final FileOps files;
    private final OpenFiles openFiles;
    private ByteBuffer[] gather = new ByteBuffer[8];

    GatheringWriter(FileOps files, OpenFiles openFiles) {
        this.files = files;
        this.openFiles = openFiles;
    }

    void write(Segment active, List<BatchAppended> batches) throws IOException {
        if (gather.length < batches.size()) {
            gather = new ByteBuffer[Math.max(batches.size(), gather.length * 2)];
        }
        int count = 0;
        int expectedBytes = 0;
        for (BatchAppended batch : batches) {
            ByteBuffer bytes = Objects.requireNonNull(batch.bytes(), "bytes of a batch to append")
                    .buffer();
            Invariant.check(
                    bytes.remaining() == batch.header().sizeInBytes(),
                    "a batch of %d bytes comes with %d",
                    batch.header().sizeInBytes(),
                    bytes.remaining());
            expectedBytes += bytes.remaining();
            gather[count++] = bytes;
        }
        OpenFile file = openFiles.acquire(active.handle);
        try {
            if (file.writePosition != active.size) {
                file.channel.position(active.size);
            }
            file.writePosition = -1;
            Writing.writeFully(files, file.channel, active.handle.path(), gather, count);
            file.writePosition = (long) active.size + expectedBytes;
        } finally {
            file.release();
            Arrays.fill(gather, 0, count, null);
        }
    }
}
