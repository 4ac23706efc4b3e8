package io.sampo.streams.fetch;

import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A partition cannot be read on. Everything that was readable before was handed out before the failure.
///
/// Who reads meets it as the failure of a stream ([io.sampo.streams.Topic#read],
/// [io.sampo.streams.Topic#source], [io.sampo.streams.Topic#partitions]) and in
/// [io.sampo.streams.Running#completion], from where `switch` tells the kinds apart. Part of the API,
/// though the rest of this package is internal.
///
/// Within the client: the next poll goes on with the other partitions. This one holds still until it is
/// removed, or sought to another position.
public abstract sealed class FetchFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final TopicPartition partition;

    private FetchFailure(TopicPartition partition, String message, @Nullable Throwable cause) {
        super(partition + ": " + message, cause);
        this.partition = partition;
    }

    /// Which partition cannot be read on.
    public TopicPartition partition() {
        return partition;
    }

    /// The position is not in the log, and `auto.offset.reset` is none: of a group with
    /// [io.sampo.streams.Group.Reset#NONE] whose records were deleted before they were read, or whose
    /// committed offset is beyond the end. Never of a span without a group.
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

    /// Records before the position were replaced by others, and `auto.offset.reset` is none: of a group
    /// with [io.sampo.streams.Group.Reset#NONE] after an unclean election, or whose topic was made anew.
    /// Some of what was read is not in the log any more. Never of a span without a group.
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

    /// Reading the topic is not allowed: `TOPIC_AUTHORIZATION_FAILED`. Where not even its metadata may be
    /// seen Kafka's `TopicAuthorizationException` says so, when reading begins.
    public static final class NotAuthorized extends FetchFailure {
        private static final long serialVersionUID = 1L;

        NotAuthorized(TopicPartition partition) {
            super(partition, "reading is not authorized", null);
        }
    }

    /// A batch that cannot be what was written: its checksum is wrong (unless `check.crcs` is false), or it
    /// cannot be decoded. Nothing passes over it by itself: read from a later offset
    /// ([io.sampo.streams.Span#from(java.util.Map)], [io.sampo.streams.admin.Admin#resetGroupOffsets]).
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

    /// Anything else that does not pass by itself; the cause has the broker's error, or why no broker could
    /// be asked. A consumption looks at the cause to decide whether it begins anew
    /// ([io.sampo.streams.Restart]).
    public static final class Refused extends FetchFailure {
        private static final long serialVersionUID = 1L;

        Refused(TopicPartition partition, Throwable cause) {
            super(partition, "cannot be fetched: " + cause.getMessage(), cause);
        }
    }
}
