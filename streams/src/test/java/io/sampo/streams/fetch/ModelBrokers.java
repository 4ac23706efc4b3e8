package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;

/// Brokers that answer as Kafka's do: sessions, fencing, batches cut at limits.
final class ModelBrokers {
    static final int NODES = 3;

    private static final class Session {
        final int nodeId;
        int nextEpoch = 1;
        final LinkedHashMap<TopicPartition, FetchRequest.PartitionData> partitions = new LinkedHashMap<>();
        final Map<TopicPartition, Long> toldHighWatermark = new HashMap<>();

        Session(int nodeId) {
            this.nodeId = nodeId;
        }
    }

    final TreeMap<String, ModelLog> logs = new TreeMap<>();
    final Uuid topicId = new Uuid(7, 7);
    private final Map<Integer, Session> sessions = new HashMap<>();
    private final RandomGenerator random;
    private final FetchSettings settings;
    /// Whether these brokers tell leader epochs; otherwise they are -1, as from brokers that do not know them.
    final boolean epochs;
    private int lastSessionId;

    ModelBrokers(int partitions, FetchSettings settings, boolean epochs, RandomGenerator random) {
        this.epochs = epochs;
        this.random = random;
        this.settings = settings;
        for (int i = 0; i < partitions; i++) {
            ModelLog log = new ModelLog();
            log.lead(1 + random.nextInt(NODES));
            logs.put(key(i), log);
        }
    }

    static String key(int partition) {
        return String.format(java.util.Locale.ROOT, "%05d", partition);
    }

    ModelLog log(TopicPartition partition) {
        return java.util.Objects.requireNonNull(logs.get(key(partition.partition())));
    }

    ClusterView view() {
        Map<Integer, ClusterView.Node> nodes = new HashMap<>();
        for (int i = 1; i <= NODES; i++) {
            nodes.put(i, new ClusterView.Node(i, "node" + i, 9092, Optional.empty()));
        }
        List<ClusterView.Partition> partitions = new ArrayList<>();
        for (ModelLog log : logs.values()) {
            partitions.add(new ClusterView.Partition(
                    partitions.size(), OptionalInt.of(log.leader), told(log.leaderEpoch), List.of(1, 2, 3)));
        }
        return new ClusterView(
                Optional.of("model"), nodes, Map.of("t", new ClusterView.Topic("t", topicId, Errors.NONE, partitions)));
    }

    private int told(int leaderEpoch) {
        return epochs ? leaderEpoch : -1;
    }

    void loseSessions() {
        sessions.clear();
    }

    private boolean committedOnly() {
        return settings.isolationLevel() == IsolationLevel.READ_COMMITTED;
    }

    private long readable(ModelLog log) {
        return committedOnly() ? log.lastStableOffset() : log.endOffset;
    }

    private Errors fence(ModelLog log, int node, int epoch) {
        if (epoch >= 0 && epoch < log.leaderEpoch) {
            return Errors.FENCED_LEADER_EPOCH;
        }
        if (log.leader != node) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        return epoch > log.leaderEpoch ? Errors.UNKNOWN_LEADER_EPOCH : Errors.NONE;
    }

    FetchResponseData fetch(Ask.Fetch ask, boolean faults) {
        FetchMetadata metadata = ask.request().metadata();
        Session session;
        FetchResponseData response = new FetchResponseData();
        if (metadata.isFull()) {
            sessions.remove(metadata.sessionId());
            session = new Session(ask.nodeId());
            session.partitions.putAll(ask.request().send());
            if (random.nextInt(10) > 0) {
                sessions.put(++lastSessionId, session);
                response.setSessionId(lastSessionId);
            }
        } else {
            session = sessions.get(metadata.sessionId());
            if (session == null || session.nodeId != ask.nodeId()) {
                return response.setErrorCode(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
            }
            if (session.nextEpoch != metadata.epoch()) {
                return response.setErrorCode(Errors.INVALID_FETCH_SESSION_EPOCH.code());
            }
            session.nextEpoch = FetchMetadata.nextEpoch(session.nextEpoch);
            response.setSessionId(metadata.sessionId());
            ask.request().forget().forEach(forgotten -> {
                session.partitions.remove(forgotten.topicPartition());
                session.toldHighWatermark.remove(forgotten.topicPartition());
            });
            session.partitions.putAll(ask.request().send());
        }
        FetchResponseData.FetchableTopicResponse topic =
                new FetchResponseData.FetchableTopicResponse().setTopicId(topicId);
        int left = ask.maxBytes();
        List<TopicPartition> served = new ArrayList<>();
        boolean anything = false;
        for (Map.Entry<TopicPartition, FetchRequest.PartitionData> entry : session.partitions.entrySet()) {
            FetchResponseData.PartitionData answer =
                    partition(ask.nodeId(), entry.getKey(), entry.getValue(), left, !anything, faults);
            int size = answer.records() == null ? 0 : answer.records().sizeInBytes();
            if (size > 0) {
                anything = true;
                left -= size;
                served.add(entry.getKey());
            }
            Long told = session.toldHighWatermark.put(entry.getKey(), answer.highWatermark());
            if (metadata.isFull()
                    || size > 0
                    || answer.errorCode() != 0
                    || !Long.valueOf(answer.highWatermark()).equals(told)) {
                topic.partitions().add(answer);
            }
        }
        // Who was served goes to the end, as brokers do it.
        served.forEach(partition -> session.partitions.put(
                partition, java.util.Objects.requireNonNull(session.partitions.remove(partition))));
        return response.setResponses(topic.partitions().isEmpty() ? List.of() : List.of(topic));
    }

    private FetchResponseData.PartitionData partition(
            int node, TopicPartition id, FetchRequest.PartitionData asked, int left, boolean first, boolean faults) {
        ModelLog log = log(id);
        FetchResponseData.PartitionData answer = new FetchResponseData.PartitionData()
                .setPartitionIndex(id.partition())
                .setHighWatermark(-1)
                .setLastStableOffset(-1)
                .setLogStartOffset(-1)
                .setRecords(MemoryRecords.EMPTY);
        Errors error = fence(log, node, asked.currentLeaderEpoch.orElse(-1));
        if (error == Errors.NONE && (asked.fetchOffset < log.logStartOffset || asked.fetchOffset > log.endOffset)) {
            error = Errors.OFFSET_OUT_OF_RANGE;
        }
        if (error == Errors.NONE && faults && random.nextInt(30) == 0) {
            error = random.nextBoolean() ? Errors.OFFSET_NOT_AVAILABLE : Errors.KAFKA_STORAGE_ERROR;
        }
        if (error != Errors.NONE) {
            if (error == Errors.NOT_LEADER_OR_FOLLOWER && random.nextBoolean()) {
                answer.setCurrentLeader(new FetchResponseData.LeaderIdAndEpoch()
                        .setLeaderId(log.leader)
                        .setLeaderEpoch(told(log.leaderEpoch)));
            }
            return answer.setErrorCode(error.code());
        }
        long end = readable(log);
        ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
        int limit = Math.min(left, asked.maxBytes);
        long readTo = asked.fetchOffset;
        for (ModelLog.Batch batch : log.batches) {
            if (batch.lastOffset() < asked.fetchOffset || batch.lastOffset() >= end) {
                continue;
            }
            boolean oversized = first && bytes.position() == 0;
            if (bytes.position() + batch.bytes().length > limit && !oversized) {
                int torn = Math.min(limit - bytes.position(), batch.bytes().length - 1);
                if (torn > 0 && bytes.position() > 0) {
                    bytes.put(batch.bytes(), 0, torn);
                }
                break;
            }
            bytes.put(batch.bytes());
            readTo = batch.lastOffset() + 1;
        }
        bytes.flip();
        answer.setHighWatermark(log.endOffset)
                .setLastStableOffset(log.lastStableOffset())
                .setLogStartOffset(log.logStartOffset)
                .setRecords(MemoryRecords.readableRecords(bytes));
        return committedOnly() ? answer.setAbortedTransactions(log.abortedBetween(asked.fetchOffset, readTo)) : answer;
    }

    ListOffsetsResponseData lookups(Ask.ListOffsets ask) {
        ListOffsetsResponseData.ListOffsetsTopicResponse topic =
                new ListOffsetsResponseData.ListOffsetsTopicResponse().setName("t");
        ask.lookups().forEach((id, lookup) -> {
            ModelLog log = log(id);
            int epoch = java.util.Objects.requireNonNull(ask.asked().get(id)).leaderEpoch();
            Errors error = fence(log, ask.nodeId(), epoch);
            ListOffsetsResponseData.ListOffsetsPartitionResponse answer =
                    new ListOffsetsResponseData.ListOffsetsPartitionResponse()
                            .setPartitionIndex(id.partition())
                            .setErrorCode(error.code());
            if (error == Errors.NONE) {
                answer.setOffset(lookup.timestamp() == Lookup.LATEST ? readable(log) : log.logStartOffset)
                        .setLeaderEpoch(lookup.timestamp() == Lookup.LATEST ? told(log.leaderEpoch) : -1);
            }
            topic.partitions().add(answer);
        });
        return new ListOffsetsResponseData().setTopics(List.of(topic));
    }

    OffsetForLeaderEpochResponseData epochEnds(Ask.EpochEnds ask) {
        OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult topic =
                new OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult().setTopic("t");
        ask.asked().forEach((id, asked) -> {
            ModelLog log = log(id);
            Errors error = fence(log, ask.nodeId(), asked.leaderEpoch());
            OffsetForLeaderEpochResponseData.EpochEndOffset answer =
                    new OffsetForLeaderEpochResponseData.EpochEndOffset()
                            .setPartition(id.partition())
                            .setErrorCode(error.code());
            if (error == Errors.NONE) {
                long[] end = log.epochEnd(asked.state().offsetEpoch());
                answer.setLeaderEpoch((int) end[0]).setEndOffset(end[1]);
            }
            topic.partitions().add(answer);
        });
        OffsetForLeaderEpochResponseData body = new OffsetForLeaderEpochResponseData();
        body.topics().add(topic);
        return body;
    }
}
