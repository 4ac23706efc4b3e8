package io.sampo.core.metadata;

import io.sampo.core.metadata.ControllerCommand.CompleteReassignments;
import io.sampo.core.metadata.ControllerCommand.Settled;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Decides on moving partitions to other nodes. The metadata say what is wanted; leaders bring the voters
/// there. While that goes on the replicas that are to leave stay, and a cancellation returns to what was
/// before.
final class ReassignmentRules {
    private ReassignmentRules() {}

    static Decision<AlterPartitionReassignmentsResponseData> alter(
            MetadataImage image, AlterPartitionReassignmentsRequestData request) {
        AlterPartitionReassignmentsResponseData response = new AlterPartitionReassignmentsResponseData()
                .setAllowReplicationFactorChange(request.allowReplicationFactorChange());
        List<MetadataRecord> records = new ArrayList<>();
        Map<String, Set<Integer>> seen = new HashMap<>();
        for (ReassignableTopic wanted : request.topics()) {
            TopicImage topic = image.topic(wanted.name());
            ReassignableTopicResponse answers = new ReassignableTopicResponse().setName(wanted.name());
            for (ReassignablePartition partition : wanted.partitions()) {
                boolean first = seen.computeIfAbsent(wanted.name(), _ -> new HashSet<>())
                        .add(partition.partitionIndex());
                Problem problem = first
                        ? alter(image, topic, partition, request.allowReplicationFactorChange(), records)
                        : new Problem(Errors.INVALID_REQUEST, "The request names the partition twice.");
                answers.partitions()
                        .add(new ReassignablePartitionResponse()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode((problem == null ? Errors.NONE : problem.error()).code())
                                .setErrorMessage(problem == null ? null : problem.message()));
            }
            response.responses().add(answers);
        }
        return new Decision<>(records, response);
    }

    private static @Nullable Problem alter(
            MetadataImage image,
            @Nullable TopicImage topic,
            ReassignablePartition wanted,
            boolean mayChangeReplicationFactor,
            List<MetadataRecord> records) {
        int partition = wanted.partitionIndex();
        if (topic == null || partition < 0 || partition >= topic.partitions().size()) {
            return new Problem(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    topic == null ? "There is no such topic." : "There is no such partition.");
        }
        PartitionAssignment now = topic.partitions().get(partition);
        List<Integer> target = wanted.replicas();
        if (target == null) {
            if (!now.isReassigning()) {
                return new Problem(Errors.NO_REASSIGNMENT_IN_PROGRESS, "The partition is not being reassigned.");
            }
            records.add(move(topic, partition, now, now.original(), List.of()));
            return null;
        }
        Problem problem = check(image, topic, now, target, mayChangeReplicationFactor);
        if (problem != null) {
            return problem;
        }
        List<Integer> original = now.isReassigning() ? now.original() : now.replicas();
        boolean sameNodes = Set.copyOf(target).equals(Set.copyOf(original));
        MetadataRecord record = move(topic, partition, now, target, sameNodes ? List.of() : original);
        if (!target.equals(now.replicas()) || now.isReassigning()) {
            records.add(record);
        }
        return null;
    }

    private static @Nullable Problem check(
            MetadataImage image,
            TopicImage topic,
            PartitionAssignment now,
            List<Integer> target,
            boolean mayChangeReplicationFactor) {
        Problem problem = Assignments.check(target, image.nodes().keySet(), target.size());
        if (problem != null) {
            return problem;
        }
        int replicationFactor = (now.isReassigning() ? now.original() : now.replicas()).size();
        if (!mayChangeReplicationFactor && target.size() != replicationFactor) {
            return new Problem(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "The replication factor is " + replicationFactor
                            + ", and the request does not allow to change it.");
        }
        int minInSync = Assignments.minInSyncReplicas(topic.configs());
        return minInSync > target.size()
                ? Assignments.invalid("The topic's " + TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG + " is " + minInSync
                        + ", and there would be only " + target.size() + " replicas.")
                : null;
    }

    private static MetadataRecord move(
            TopicImage topic, int partition, PartitionAssignment now, List<Integer> target, List<Integer> original) {
        List<Integer> leaving = new ArrayList<>(now.hosts());
        leaving.removeAll(target);
        return new MetadataRecord.PartitionReassigned(topic.id(), partition, target, original, leaving);
    }

    /// Ends what the voters say is done: those and only those vote that are wanted, each in its newest directory.
    static Decision<Integer> complete(MetadataImage image, CompleteReassignments command) {
        List<MetadataRecord> records = new ArrayList<>();
        for (Settled settled : command.partitions()) {
            PartitionAssignment now = image.assignment(settled.id());
            if (now == null || !isMoving(now)) {
                continue;
            }
            if (isSettled(image, now, settled)) {
                records.add(new MetadataRecord.PartitionReassigned(
                        settled.id().topicId(), settled.id().partition(), now.replicas(), List.of(), List.of()));
            }
        }
        return new Decision<>(records, records.size());
    }

    private static boolean isMoving(PartitionAssignment assignment) {
        return assignment.isReassigning() || !assignment.leaving().isEmpty();
    }

    private static boolean isSettled(MetadataImage image, PartitionAssignment now, Settled settled) {
        return settled.voters().size() == now.replicas().size()
                && Set.copyOf(image.replicasOn(now.replicas())).equals(Set.copyOf(settled.voters()));
    }

    /// Partitions whose replicas are under way.
    static List<PartitionId> moving(MetadataImage image) {
        List<PartitionId> moving = new ArrayList<>();
        for (TopicImage topic : image.topics().values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                if (isMoving(topic.partitions().get(partition))) {
                    moving.add(topic.partitionId(partition));
                }
            }
        }
        return moving;
    }
}
