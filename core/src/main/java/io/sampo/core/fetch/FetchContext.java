package io.sampo.core.fetch;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One fetch on its way through [FetchSessions]: opened before the partitions are read, closed with the answers.
///
/// Thread rule: belongs to one fetch.
public final class FetchContext {
    static final int NO_SESSION = 0;

    enum Kind {
        /// Every partition is answered, nothing is remembered.
        SESSIONLESS,
        /// Every partition is answered, and a session is made if there is room.
        FULL,
        /// Only what is new is answered.
        INCREMENTAL,
        /// The session cannot be used; no partition is read.
        REFUSED
    }

    final Kind kind;
    final @Nullable FetchSession session;
    final int requestEpoch;
    final boolean usesTopicIds;
    private final FetchedPartition[] partitions;
    private final Errors error;

    FetchContext(
            Kind kind,
            @Nullable FetchSession session,
            int requestEpoch,
            boolean usesTopicIds,
            FetchedPartition[] partitions,
            Errors error) {
        this.kind = kind;
        this.session = session;
        this.requestEpoch = requestEpoch;
        this.usesTopicIds = usesTopicIds;
        this.partitions = partitions;
        this.error = error;
    }

    static FetchContext refused(Errors error) {
        return new FetchContext(Kind.REFUSED, null, 0, false, new FetchedPartition[0], error);
    }

    /// NONE, or the error that the whole fetch is answered with: FETCH_SESSION_ID_NOT_FOUND,
    /// INVALID_FETCH_SESSION_EPOCH or FETCH_SESSION_TOPIC_ID_ERROR.
    public Errors error() {
        return error;
    }

    public int partitionCount() {
        return partitions.length;
    }

    /// Partitions in the order in which they are to be read.
    public FetchedPartition partition(int index) {
        return partitions[index];
    }

    FetchedPartition[] partitions() {
        return partitions;
    }
}
