package io.sampo.streams.produce;

import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What a broker said of one partition's batch.
///
/// @param baseOffset -1 when unknown
/// @param logAppendTimeMs -1 for CreateTime
/// @param message null when the broker gives none
/// @param recordFailures index in the batch -> message (KIP-467)
/// @param leaderId of the leader hint (KIP-951); -1 without one
/// @param leaderEpoch of the leader hint; -1 without one
record PartitionAnswer(
        Errors error,
        long baseOffset,
        long logAppendTimeMs,
        @Nullable String message,
        Map<Integer, String> recordFailures,
        int leaderId,
        int leaderEpoch) {

    static PartitionAnswer of(Errors error) {
        return new PartitionAnswer(error, -1, -1, null, Map.of(), -1, -1);
    }

    static PartitionAnswer at(long baseOffset) {
        return new PartitionAnswer(Errors.NONE, baseOffset, -1, null, Map.of(), -1, -1);
    }

    Throwable failure() {
        return message == null ? error.exception() : error.exception(message);
    }
}
