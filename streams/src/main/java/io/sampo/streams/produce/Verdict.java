package io.sampo.streams.produce;

import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/// What an error of a produced batch means for it.
enum Verdict {
    WRITTEN,

    /// The same again, a little later.
    RETRY,

    /// The same again, when it is known who leads now.
    RETRY_ELSEWHERE,

    /// The leader's last sequence is not the one before this batch: it is not written.
    OUT_OF_SEQUENCE,

    /// As it is too large, in parts.
    SPLIT,

    /// Never again: the leader knows a newer epoch of this producer.
    FENCED,

    /// Never again: not written, and would not be.
    REFUSED;

    static Verdict of(Errors error) {
        return switch (error) {
            case NONE, DUPLICATE_SEQUENCE_NUMBER -> WRITTEN;
            case OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID -> OUT_OF_SEQUENCE;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> SPLIT;
            case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED -> FENCED;
            default -> {
                if (error.exception() instanceof InvalidMetadataException) {
                    yield RETRY_ELSEWHERE;
                }
                yield error.exception() instanceof RetriableException ? RETRY : REFUSED;
            }
        };
    }
}
