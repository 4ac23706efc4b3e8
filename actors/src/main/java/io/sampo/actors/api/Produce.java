package io.sampo.actors.api;

import io.sampo.actors.partition.Append;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ProduceResponse;
import org.jspecify.annotations.Nullable;

/// One produce request under way: gathers the outcomes of its partitions and answers when none is missing.
///
/// Thread rule: built on the connection's thread; outcomes come on the threads of the replicas. Each writes only
/// its own partition's answer; the count of what is outstanding orders those writes before the answer is sent.
final class Produce {
    private static final short FIRST_LEADER_HINT_VERSION = 10;

    private final ClientRequest request;
    private final short acks;
    private final int timeoutMs;
    private final LocalPartitions partitions;
    private final ProduceResponseData response = new ProduceResponseData();
    /// Appends that have not come back, and one for the connection's thread until it has handed over all.
    private final AtomicInteger outstanding = new AtomicInteger(1);
    private volatile @Nullable Errors anyError;
    private @Nullable List<Misdirected> misdirected;

    private record Misdirected(PartitionProduceResponse answer, PartitionId id) {}

    Produce(ClientRequest request, ProduceRequestData data, LocalPartitions partitions) {
        this.request = request;
        this.acks = data.acks();
        this.timeoutMs = data.timeoutMs();
        this.partitions = partitions;
    }

    short apiVersion() {
        return request.apiVersion();
    }

    short acks() {
        return acks;
    }

    int timeoutMs() {
        return timeoutMs;
    }

    /// The answers for one topic of the request.
    record TopicAnswers(List<PartitionProduceResponse> partitionAnswers) {
        PartitionProduceResponse add(int partition) {
            PartitionProduceResponse answer = new PartitionProduceResponse().setIndex(partition);
            partitionAnswers.add(answer);
            return answer;
        }
    }

    TopicAnswers addTopic(String name, Uuid topicId, int partitionCount) {
        List<PartitionProduceResponse> answers = new ArrayList<>(partitionCount);
        response.responses()
                .mustAdd(new TopicProduceResponse()
                        .setName(name)
                        .setTopicId(topicId)
                        .setPartitionResponses(answers));
        return new TopicAnswers(answers);
    }

    void fail(PartitionProduceResponse answer, Errors error) {
        answer.setErrorCode(error.code()).setBaseOffset(ProduceResponse.INVALID_OFFSET);
        anyError = error;
    }

    void fail(PartitionProduceResponse answer, PartitionId id, Errors error) {
        fail(answer, error);
        noteMisdirected(answer, id, error);
    }

    void fail(PartitionProduceResponse answer, AppendOutcome outcome) {
        fail(answer, outcome.error());
        answer.setErrorMessage(outcome.message()).setLogStartOffset(outcome.logStartOffset());
        if (!outcome.recordErrors().isEmpty()) {
            List<BatchIndexAndErrorMessage> recordErrors =
                    new ArrayList<>(outcome.recordErrors().size());
            for (AppendOutcome.RecordError recordError : outcome.recordErrors()) {
                recordErrors.add(new BatchIndexAndErrorMessage()
                        .setBatchIndex(recordError.batchIndex())
                        .setBatchIndexErrorMessage(recordError.message()));
            }
            answer.setRecordErrors(recordErrors);
        }
    }

    /// Counts one append that is about to be handed over.
    ///
    /// @param logAppendTimeMs that the batch was stamped with, -1 for CreateTime
    Append.Listener expect(PartitionProduceResponse answer, PartitionId id, long logAppendTimeMs) {
        outstanding.incrementAndGet();
        return outcome -> {
            if (outcome.error() == Errors.NONE) {
                long stampedMs = outcome.logAppendTimeMs() >= 0 ? outcome.logAppendTimeMs() : logAppendTimeMs;
                answer.setBaseOffset(outcome.baseOffset())
                        .setLogAppendTimeMs(stampedMs)
                        .setLogStartOffset(outcome.logStartOffset());
            } else {
                fail(answer, outcome);
                noteMisdirected(answer, id, outcome.error());
            }
            oneBack();
        };
    }

    void allHandedOver() {
        oneBack();
    }

    private void oneBack() {
        if (outstanding.decrementAndGet() == 0) {
            answer();
        }
    }

    private void answer() {
        Errors error = anyError;
        if (acks == 0) {
            if (error == null) {
                request.respondNothing();
            } else {
                request.disconnect("produce with acks=0 failed with " + error);
            }
            return;
        }
        partitions.whenLeadersKnown(misdirectedIds(), () -> {
            addLeaderHints();
            request.respond(new ProduceResponse(response));
        });
    }

    private synchronized List<PartitionId> misdirectedIds() {
        return misdirected == null
                ? List.of()
                : misdirected.stream().map(Misdirected::id).toList();
    }

    private void noteMisdirected(PartitionProduceResponse answer, PartitionId id, Errors error) {
        if (error == Errors.NOT_LEADER_OR_FOLLOWER && request.apiVersion() >= FIRST_LEADER_HINT_VERSION) {
            synchronized (this) {
                if (misdirected == null) {
                    misdirected = new ArrayList<>();
                }
                misdirected.add(new Misdirected(answer, id));
            }
        }
    }

    /// Tells the client where the leader is, so that it need not ask for metadata first (KIP-951).
    private synchronized void addLeaderHints() {
        if (misdirected == null) {
            return;
        }
        MetadataImage image = partitions.image();
        for (Misdirected one : misdirected) {
            Leadership leadership = partitions.leadership(one.id);
            if (leadership == null) {
                continue;
            }
            one.answer.setCurrentLeader(
                    new LeaderIdAndEpoch().setLeaderId(leadership.nodeId()).setLeaderEpoch(leadership.leaderEpoch()));
            Endpoint endpoint = LocalPartitions.endpoint(
                    image, leadership.nodeId(), request.origin().listener());
            if (endpoint != null && response.nodeEndpoints().find(leadership.nodeId()) == null) {
                response.nodeEndpoints()
                        .mustAdd(new NodeEndpoint()
                                .setNodeId(leadership.nodeId())
                                .setHost(endpoint.host())
                                .setPort(endpoint.port()));
            }
        }
    }
}
