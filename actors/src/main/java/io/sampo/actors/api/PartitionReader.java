package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestOrigin;
import io.sampo.core.fetch.FetchBudget;
import io.sampo.core.fetch.FetchRules;
import io.sampo.core.fetch.FetchedPartition;
import io.sampo.core.fetch.LeaderEpochRules.EpochEnd;
import io.sampo.core.metadata.LeaderView.Leadership;
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
    private static final short FIRST_FOLLOWER_VERSION = 11;
    private static final short FIRST_ZSTD_VERSION = 10;
    private static final short FIRST_STORAGE_ERROR_VERSION = 6;

    private final LocalPartitions partitions;
    private final TopicSettings.Source settings;
    private final ReadReplicas replicas;
    private final RequestOrigin origin;
    private final short apiVersion;
    private final @Nullable String clientRack;
    private final boolean readCommitted;

    private @Nullable ReadHandle handle;
    private long upperOffset;
    private boolean mustAnswer;

    /// @param clientRack `client.rack` of the consumer; empty or null when it does not say
    PartitionReader(
            LocalPartitions partitions,
            TopicSettings.Source settings,
            ReadReplicas replicas,
            ClientRequest request,
            @Nullable String clientRack,
            boolean readCommitted) {
        this.partitions = partitions;
        this.settings = settings;
        this.replicas = replicas;
        this.origin = request.origin();
        this.apiVersion = request.apiVersion();
        this.clientRack = clientRack;
        this.readCommitted = readCommitted;
    }

    /// The replica that was read last; null when it cannot be waited at.
    @Nullable
    ReadHandle handle() {
        return handle;
    }

    /// Exclusive end of what could be read of it.
    long upperOffset() {
        return upperOffset;
    }

    /// True when the client must hear of it at once: an error, a diverging epoch, a better replica.
    boolean mustAnswer() {
        return mustAnswer;
    }

    PartitionData read(MetadataImage image, FetchedPartition fetched, FetchBudget budget) {
        handle = null;
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
        LeaderHandle leader = partitions.leader(id);
        if (leader != null) {
            int preferred = preferredReplica(image, leader, fetched);
            return preferred < 0 ? readFrom(leader, fetched, budget) : elsewhere(fetched, leader.view(), preferred);
        }
        // Consumers that know nothing of followers go to the leader (KIP-392).
        ReadHandle follower = apiVersion >= FIRST_FOLLOWER_VERSION ? partitions.follower(id) : null;
        return follower == null ? error(fetched, partitions.whyNotLed(id)) : readFrom(follower, fetched, budget);
    }

    /// Null when there is no such partition.
    @Nullable
    PartitionId idOf(MetadataImage image, FetchedPartition fetched) {
        TopicImage topic = topic(image, fetched);
        return topic == null || !LocalPartitions.has(topic, fetched.partition())
                ? null
                : topic.partitionId(fetched.partition());
    }

    /// -1 to read here. Whoever asks for what is not there hears that from the leader.
    private int preferredReplica(MetadataImage image, LeaderHandle leader, FetchedPartition fetched) {
        if (clientRack == null || clientRack.isEmpty()) {
            return -1;
        }
        ReadView view = leader.view();
        boolean readable = FetchRules.check(view, fetched.currentLeaderEpoch(), fetched.fetchOffset()) == Errors.NONE
                && fetched.fetchOffset() <= view.highWatermark();
        Leadership leadership = readable ? partitions.leadership(leader.id()) : null;
        return leadership == null
                ? -1
                : replicas.preferred(
                        image, leadership, leader::replicasAsLastKnown, fetched.fetchOffset(), clientRack, origin);
    }

    private PartitionData elsewhere(FetchedPartition fetched, ReadView view, int preferred) {
        mustAnswer = true;
        return answer(fetched, view).setRecords(MemoryRecords.EMPTY).setPreferredReadReplica(preferred);
    }

    private @Nullable TopicImage topic(MetadataImage image, FetchedPartition fetched) {
        return apiVersion >= FIRST_TOPIC_ID_VERSION
                ? partitions.topic(image, fetched.topicId())
                : partitions.topic(image, fetched.topic());
    }

    private PartitionData readFrom(ReadHandle found, FetchedPartition fetched, FetchBudget budget) {
        ReadView view = found.view();
        PartitionLog log = found.log();
        try {
            Errors error = found instanceof LeaderHandle
                    ? FetchRules.check(view, fetched.currentLeaderEpoch(), fetched.fetchOffset())
                    : FetchRules.checkAtFollower(view, fetched.currentLeaderEpoch(), fetched.fetchOffset());
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
            handle = found;
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

    /// False when the role in which the replica was read is over.
    boolean stillServes(ReadHandle was, FetchedPartition fetched) {
        if (fetched.partition() != was.id().partition()) {
            return false;
        }
        LeaderHandle leader = partitions.leader(was.id());
        if (was instanceof LeaderHandle wasLeader) {
            return leader != null && leader.leaderEpoch() == wasLeader.leaderEpoch();
        }
        return leader == null && was.equals(partitions.follower(was.id()));
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
