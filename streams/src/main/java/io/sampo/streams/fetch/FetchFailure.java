package io.sampo.streams.fetch;

import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A partition cannot be read on. Others can: the next poll goes on with them. This one holds still until it is
/// removed, or sought to another position. Everything that was readable before was handed out before the failure.
public abstract sealed class FetchFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final TopicPartition partition;

    private FetchFailure(TopicPartition partition, String message, @Nullable Throwable cause) {
        super(partition + ": " + message, cause);
        this.partition = partition;
    }

    public TopicPartition partition() {
        return partition;
    }

    /// The position is not in the log, and `auto.offset.reset` is none.
    public static final class OffsetOutOfRange extends FetchFailure {
        private static final long serialVersionUID = 1L;
        private final long offset;
        private final long firstOffset;
        private final long endOffset;

        OffsetOutOfRange(TopicPartition partition, long offset, long firstOffset, long endOffset) {
            super(
                    partition,
                    "offset " + offset + " is not in the log, which has " + firstOffset + " to " + endOffset
                            + " (exclusive), and auto.offset.reset is none",
                    null);
            this.offset = offset;
            this.firstOffset = firstOffset;
            this.endOffset = endOffset;
        }

        /// The offset that was wanted.
        public long offset() {
            return offset;
        }

        /// The log start offset, shortly after the refusal.
        public long firstOffset() {
            return firstOffset;
        }

        /// The exclusive end of what could be read, shortly after the refusal.
        public long endOffset() {
            return endOffset;
        }
    }

    /// Records before the position were replaced by others, and `auto.offset.reset` is none. Some of what was read is
    /// not in the log any more.
    public static final class LogTruncated extends FetchFailure {
        private static final long serialVersionUID = 1L;
        private final long offset;
        private final long divergedAt;

        LogTruncated(TopicPartition partition, long offset, long divergedAt) {
            super(
                    partition,
                    "the log was truncated "
                            + (divergedAt < 0 ? "at an unknown offset" : "to " + divergedAt)
                            + ", below the position " + offset + ", and auto.offset.reset is none",
                    null);
            this.offset = offset;
            this.divergedAt = divergedAt;
        }

        /// The position that was fetched up to.
        public long offset() {
            return offset;
        }

        /// The first offset whose record may be another one now; empty when the broker does not know.
        public OptionalLong divergedAt() {
            return divergedAt < 0 ? OptionalLong.empty() : OptionalLong.of(divergedAt);
        }
    }

    /// Reading the topic is not allowed: `TOPIC_AUTHORIZATION_FAILED`.
    public static final class NotAuthorized extends FetchFailure {
        private static final long serialVersionUID = 1L;

        NotAuthorized(TopicPartition partition) {
            super(partition, "reading is not authorized", null);
        }
    }

    /// A batch that cannot be what was written: its checksum is wrong, or it cannot be decoded.
    public static final class CorruptBatch extends FetchFailure {
        private static final long serialVersionUID = 1L;
        private final long offset;

        CorruptBatch(TopicPartition partition, long offset, @Nullable Throwable cause) {
            super(partition, "the batch at offset " + offset + " is corrupt", cause);
            this.offset = offset;
        }

        /// The first offset that could not be read.
        public long offset() {
            return offset;
        }
    }

    /// Anything else that does not pass by itself; the cause has the broker's error.
    public static final class Refused extends FetchFailure {
        private static final long serialVersionUID = 1L;

        Refused(TopicPartition partition, Throwable cause) {
            super(partition, "cannot be fetched: " + cause.getMessage(), cause);
        }
    }
}
