package io.sampo.core.partition;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What became of an append: offsets, or the error code that the client gets.
///
/// @param baseOffset of the first record; -1 with an error. For a duplicate, the offset of the original
/// @param lastOffset inclusive; -1 with an error
/// @param logAppendTimeMs -1 unless the topic stamps LogAppendTime
/// @param recordErrors the records to blame, when the error is one of records (KIP-467)
public record AppendOutcome(
        Errors error,
        long baseOffset,
        long lastOffset,
        long logAppendTimeMs,
        long logStartOffset,
        @Nullable String message,
        List<RecordError> recordErrors) {

    public static AppendOutcome appended(long baseOffset, long lastOffset, long logAppendTimeMs, long logStartOffset) {
        return new AppendOutcome(Errors.NONE, baseOffset, lastOffset, logAppendTimeMs, logStartOffset, null, List.of());
    }

    public static AppendOutcome failed(Errors error, @Nullable String message) {
        return new AppendOutcome(error, -1, -1, -1, -1, message, List.of());
    }

    public record RecordError(int batchIndex, @Nullable String message) {}
}
