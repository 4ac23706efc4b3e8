package io.sampo.streams.group;

import io.sampo.streams.connection.Failures;
import java.io.IOException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/// What an error of the coordinator says to a member.
enum Verdict {
    NONE,
    /// The same again, a little later.
    RETRY,
    /// The same again, to whoever is the coordinator now.
    REDISCOVER,
    /// The generation ends: join again.
    REJOIN,
    /// The generation ended without this member.
    GENERATION_LOST,
    /// The group does not know this member.
    MEMBER_LOST,
    /// Nothing that time would heal.
    FATAL;

    static Verdict of(Errors error) {
        return switch (error) {
            case NONE -> NONE;
            case COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR -> REDISCOVER;
            case REBALANCE_IN_PROGRESS -> REJOIN;
            case ILLEGAL_GENERATION -> GENERATION_LOST;
            case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, GROUP_ID_NOT_FOUND -> MEMBER_LOST;
            // Of a commit or a question for offsets: the newer epoch is on its way, in the answer to a heartbeat.
            case STALE_MEMBER_EPOCH -> RETRY;
            default -> error.exception() instanceof RetriableException ? RETRY : FATAL;
        };
    }

    /// Of a request that got no answer: it may have arrived, or not.
    static Verdict of(Throwable failure) {
        Throwable cause = Failures.cause(failure);
        return cause instanceof RetriableException || cause instanceof IOException ? REDISCOVER : FATAL;
    }
}
