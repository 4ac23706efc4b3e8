package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.fetch.FetchBudget;
import io.sampo.core.fetch.FetchRules;
import io.sampo.core.fetch.FetchedPartition;
import io.sampo.core.fetch.LeaderEpochRules.EpochEnd;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReadView;
import java.util.List;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/// Reads one partition after the other for a fetch, and says of the last one where it may be waited at.
///
/// Thread rule: belongs to one [Fetch].
final class PartitionReader {
    private static final short FIRST_TOPIC_ID_VERSION = 13;
    private static final short FIRST_ZSTD_VERSION = 10;
    private static final short FIRST_STORAGE_ERROR_VERSION = 6;

    private final LocalPartitions partitions;
    private final TopicSettings.Source settings;
    private final short apiVersion;
    private final boolean readCommitted;

    private @Nullable LeaderHandle leader;
    private long upperOffset;
    private boolean mustAnswer;

    PartitionReader(
            LocalPartitions partitions, TopicSettings.Source settings, short apiVersion, boolean readCommitted) {
        this.partitions = partitions;
        this.settings = settings;
        this.apiVersion = apiVersion;
        this.readCommitted = readCommitted;
    }

    /// Leader of the partition that was read last; null when it cannot be waited at.
    @Nullable
    LeaderHandle leader() {
        return leader;
    }

    /// Exclusive end of what could be read of it.
    long upperOffset() {
        return upperOffset;
    }

    /// True when the client must hear of it at once: an error or a diverging epoch.
    boolean mustAnswer() {
        return mustAnswer;
    }

    PartitionData read(MetadataImage image, FetchedPartition fetched, FetchBudget budget) {
        leader = null;
        upperOffset = -1;
        mustAnswer = false;
        TopicImage topic = topic(image, fetched);
        if (topic == null) {
            return error(
                    fetched,
                    apiVersion >= FIRST_TOPIC_ID_VERSION ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (!LocalPartitions.has(topic, fetched.partition())) {
            return error(fetched, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (apiVersion < FIRST_ZSTD_VERSION
                && settings.of(image, topic).produce().writesZstd()) {
            return error(fetched, Errors.UNSUPPORTED_COMPRESSION_TYPE);
        }
        PartitionId id = topic.partitionId(fetched.partition());
        LeaderHandle found = partitions.leader(id);
        if (found == null) {
            return error(fetched, partitions.whyNotLed(id));
        }
        return readFrom(found, fetched, budget);
    }

    private @Nullable TopicImage topic(MetadataImage image, FetchedPartition fetched) {
        return apiVersion >= FIRST_TOPIC_ID_VERSION
                ? partitions.topic(image, fetched.topicId())
                : partitions.topic(image, fetched.topic());
    }

    private PartitionData readFrom(LeaderHandle found, FetchedPartition fetched, FetchBudget budget) {
        ReadView view = found.view();
        PartitionLog log = found.log();
        try {
            Errors error = FetchRules.check(view, fetched.currentLeaderEpoch(), fetched.fetchOffset());
            if (error == Errors.NONE && fetched.fetchOffset() < log.logStartOffset()) {
                error = Errors.OFFSET_OUT_OF_RANGE; // retention moved on after the view was published
            }
            if (error != Errors.NONE) {
                return error(fetched, error);
            }
            EpochEnd divergence = fetched.lastFetchedEpoch() < 0
                    ? null
                    : FetchRules.divergence(
                            fetched.lastFetchedEpoch(), fetched.fetchOffset(), log.epochStarts(), view.logEndOffset());
            if (divergence != null) {
                return diverging(fetched, view, divergence);
            }
            long upper = FetchRules.upperOffset(view, readCommitted);
            BaseRecords records = MemoryRecords.EMPTY;
            if (fetched.fetchOffset() < upper && budget.mayRead(fetched.maxBytes())) {
                records = log.read(
                                fetched.fetchOffset(),
                                upper,
                                budget.maxBytesOf(fetched.maxBytes()),
                                budget.atLeastOneBatch())
                        .records();
                budget.took(records.sizeInBytes());
            }
            leader = found;
            upperOffset = upper;
            return answer(fetched, view).setRecords(records);
        } catch (PartitionLogException broken) {
            return error(
                    fetched,
                    fetched.fetchOffset() < log.logStartOffset()
                            ? Errors.OFFSET_OUT_OF_RANGE
                            : Errors.KAFKA_STORAGE_ERROR);
        }
    }

    /// False when the leadership that `was` stands for is over.
    boolean stillLeads(LeaderHandle was, FetchedPartition fetched) {
        LeaderHandle now = partitions.leader(was.id());
        return now != null
                && now.leaderEpoch() == was.leaderEpoch()
                && fetched.partition() == was.id().partition();
    }

    private PartitionData diverging(FetchedPartition fetched, ReadView view, EpochEnd divergence) {
        if (divergence.isUndefined()) {
            return error(fetched, Errors.OFFSET_OUT_OF_RANGE);
        }
        mustAnswer = true;
        return answer(fetched, view)
                .setRecords(MemoryRecords.EMPTY)
                .setDivergingEpoch(
                        new EpochEndOffset().setEpoch(divergence.leaderEpoch()).setEndOffset(divergence.endOffset()));
    }

    private PartitionData answer(FetchedPartition fetched, ReadView view) {
        return new PartitionData()
                .setPartitionIndex(fetched.partition())
                .setHighWatermark(view.highWatermark())
                .setLastStableOffset(view.lastStableOffset())
                .setLogStartOffset(view.logStartOffset())
                .setAbortedTransactions(readCommitted ? List.of() : null);
    }

    private PartitionData error(FetchedPartition fetched, Errors error) {
        mustAnswer = true;
        Errors told = error == Errors.KAFKA_STORAGE_ERROR && apiVersion < FIRST_STORAGE_ERROR_VERSION
                ? Errors.NOT_LEADER_OR_FOLLOWER
                : error;
        return FetchResponse.partitionResponse(fetched.partition(), told);
    }
}
