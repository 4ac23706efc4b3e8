package io.sampo.core.fetch;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.requests.FetchResponse;

/// One partition of a fetch or of a fetch session: what the client asked for, and what it was told last.
///
/// Thread rule: changed only by [FetchSessions], under the lock of its caller; a fetch under way reads it.
public final class FetchedPartition {
    private static final long NEVER_TOLD = -1;

    private final Uuid topicId;
    private final String topic;
    private final int partition;
    private long fetchOffset;
    private int maxBytes;
    private int currentLeaderEpoch;
    private int lastFetchedEpoch;

    private long toldHighWatermark = NEVER_TOLD;
    private long toldLogStartOffset = NEVER_TOLD;

    FetchedPartition(Uuid topicId, String topic, FetchPartition request) {
        this.topicId = topicId;
        this.topic = topic;
        this.partition = request.partition();
        update(request);
    }

    /// Zero below v13.
    public Uuid topicId() {
        return topicId;
    }

    /// Empty from v13 on.
    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    public long fetchOffset() {
        return fetchOffset;
    }

    public int maxBytes() {
        return maxBytes;
    }

    /// -1 when the client does not say.
    public int currentLeaderEpoch() {
        return currentLeaderEpoch;
    }

    /// -1 when the client does not say.
    public int lastFetchedEpoch() {
        return lastFetchedEpoch;
    }

    void update(FetchPartition request) {
        fetchOffset = request.fetchOffset();
        maxBytes = request.partitionMaxBytes();
        currentLeaderEpoch = request.currentLeaderEpoch();
        lastFetchedEpoch = request.lastFetchedEpoch();
    }

    /// Remembers what the client is told, and says whether it has to be told at all: it must hear of records,
    /// errors, a diverging epoch and of moved watermarks; an error is repeated, and the first answer after it
    /// always sent.
    boolean tell(PartitionData answer) {
        boolean mustTell = FetchResponse.recordsSize(answer) > 0
                || answer.highWatermark() != toldHighWatermark
                || answer.logStartOffset() != toldLogStartOffset
                || FetchResponse.isPreferredReplica(answer)
                || FetchResponse.isDivergingEpoch(answer)
                || answer.errorCode() != 0;
        toldHighWatermark = answer.errorCode() == 0 ? answer.highWatermark() : NEVER_TOLD;
        toldLogStartOffset = answer.logStartOffset();
        return mustTell;
    }
}
