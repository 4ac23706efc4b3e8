package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ElectLeadersRequest;
import org.apache.kafka.common.requests.ElectLeadersResponse;
import org.jspecify.annotations.Nullable;

/// ElectLeaders (v0 to v2, KIP-183, KIP-460): moves leadership to the preferred replicas, by transfers from
/// leader to
/// leader, a few at a time.
///
/// An unclean election takes place where a partition has no leader and an operator asks for it, never else
/// ([UncleanElection]). Who asks for all partitions does not mean the internal topics: they have to be named.
public final class ElectLeadersHandler implements RequestHandler {
    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    /// Moves under way for one request: each makes a short pause for the producers of a partition.
    private static final int AT_A_TIME = 20;

    private final MetadataView metadata;
    private final LeaderDirectory leaders;
    private final UncleanElection unclean;

    public ElectLeadersHandler(MetadataView metadata, LeaderDirectory leaders, UncleanElection unclean) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.unclean = unclean;
    }

    @Override
    public void handle(ClientRequest request) {
        ElectLeadersRequestData body = ((ElectLeadersRequest) request.body()).data();
        if (body.electionType() != PREFERRED && body.electionType() != UNCLEAN) {
            request.respond(
                    new ElectLeadersResponse(0, Errors.INVALID_REQUEST.code(), List.of(), request.apiVersion()));
            return;
        }
        Elections elections = new Elections(request, body.topicPartitions() == null);
        MetadataImage image = metadata.image();
        if (body.topicPartitions() == null) {
            image.topics().values().forEach(topic -> {
                for (int partition = 0; partition < topic.partitions().size(); partition++) {
                    look(elections, body.electionType(), topic.name(), topic, partition);
                }
            });
        } else {
            for (TopicPartitions asked : body.topicPartitions()) {
                for (int partition : asked.partitions()) {
                    look(elections, body.electionType(), asked.topic(), image.topic(asked.topic()), partition);
                }
            }
        }
        elections.begin(Math.max(1, body.timeoutMs()));
    }

    private void look(Elections elections, byte type, String name, @Nullable TopicImage topic, int partition) {
        if (topic == null || !LocalPartitions.has(topic, partition)) {
            elections.answer(name, partition, Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no such partition.");
            return;
        }
        PartitionId id = topic.partitionId(partition);
        Optional<Leadership> leadership = leaders.leadership(id);
        int preferred = topic.partitions().get(partition).replicas().getFirst();
        if (type == UNCLEAN) {
            if (leadership.isPresent()) {
                elections.answer(name, partition, Errors.ELECTION_NOT_NEEDED, null);
            } else if (elections.all && Topic.isInternal(name)) {
                elections.answer(
                        name,
                        partition,
                        Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE,
                        "Unclean elections of internal topics take place only where the partition is named.");
            } else {
                elections.open(new Force(name, partition, id));
            }
        } else if (leadership.isEmpty()) {
            elections.answer(name, partition, Errors.PREFERRED_LEADER_NOT_AVAILABLE, "No leader is known.");
        } else if (leadership.get().nodeId() == preferred) {
            elections.answer(name, partition, Errors.ELECTION_NOT_NEEDED, null);
        } else if (!leadership.get().inSyncReplicas().contains(preferred)) {
            elections.answer(
                    name,
                    partition,
                    Errors.PREFERRED_LEADER_NOT_AVAILABLE,
                    "The preferred replica, on node " + preferred + ", is not in sync.");
        } else {
            elections.open(new Move(name, partition, id, preferred));
        }
    }

    /// What is to be done for one partition.
    private sealed interface Election {
        String topic();

        int partition();
    }

    private record Move(String topic, int partition, PartitionId id, int targetNodeId) implements Election {}

    private record Force(String topic, int partition, PartitionId id) implements Election {}

    private CompletionStage<UncleanElection.Outcome> carryOut(Election election, Duration maxWait) {
        return switch (election) {
            case Move move ->
                leaders.transfer(move.id(), move.targetNodeId()).handle((transfer, failure) -> {
                    boolean moved = transfer != null && transfer.moved();
                    String reason = transfer == null ? String.valueOf(failure) : transfer.reason();
                    return new UncleanElection.Outcome(
                            moved ? Errors.NONE : Errors.PREFERRED_LEADER_NOT_AVAILABLE, reason);
                });
            case Force force -> unclean.elect(force.topic(), force.id(), maxWait);
        };
    }

    /// The elections of one request, and their answer. Any thread.
    private final class Elections {
        private final ClientRequest request;

        /// Whoever asks for all partitions does not want to hear of those that need nothing.
        private final boolean all;

        private final Map<String, Map<Integer, PartitionResult>> results = new TreeMap<>();
        private final ArrayDeque<Election> waiting = new ArrayDeque<>();
        private final Set<Election> open = new LinkedHashSet<>();
        private Duration maxWait = Duration.ZERO;
        private boolean answered;

        Elections(ClientRequest request, boolean all) {
            this.request = request;
            this.all = all;
        }

        synchronized void answer(String topic, int partition, Errors error, @Nullable String message) {
            if (answered || (all && error == Errors.ELECTION_NOT_NEEDED)) {
                return;
            }
            results.computeIfAbsent(topic, _ -> new TreeMap<>())
                    .put(
                            partition,
                            new PartitionResult()
                                    .setPartitionId(partition)
                                    .setErrorCode(error.code())
                                    .setErrorMessage(
                                            error == Errors.NONE ? null : message == null ? error.message() : message));
        }

        synchronized void open(Election election) {
            if (open.add(election)) {
                waiting.add(election);
            }
        }

        void begin(int timeoutMs) {
            maxWait = Duration.ofMillis(timeoutMs);
            CompletableFuture<Void> done = new CompletableFuture<>();
            var _ = done.completeOnTimeout(null, timeoutMs, TimeUnit.MILLISECONDS)
                    .thenRun(this::respond);
            if (isDone()) {
                done.complete(null);
                return;
            }
            for (int i = 0; i < AT_A_TIME; i++) {
                next(done);
            }
        }

        private synchronized boolean isDone() {
            return open.isEmpty();
        }

        private void next(CompletableFuture<Void> done) {
            Election election;
            synchronized (this) {
                election = answered ? null : waiting.poll();
            }
            if (election == null) {
                return;
            }
            var _ = carryOut(election, maxWait).thenAccept(outcome -> {
                answer(election.topic(), election.partition(), outcome.error(), outcome.message());
                boolean last;
                synchronized (this) {
                    open.remove(election);
                    last = open.isEmpty();
                }
                if (last) {
                    done.complete(null);
                } else {
                    next(done);
                }
            });
        }

        /// What has not come to its end by now has timed out.
        private void respond() {
            List<ReplicaElectionResult> topics = new ArrayList<>();
            synchronized (this) {
                open.forEach(late -> answer(late.topic(), late.partition(), Errors.REQUEST_TIMED_OUT, null));
                answered = true;
                results.forEach((topic, partitions) -> topics.add(new ReplicaElectionResult()
                        .setTopic(topic)
                        .setPartitionResult(List.copyOf(partitions.values()))));
            }
            request.respond(new ElectLeadersResponse(0, Errors.NONE.code(), topics, request.apiVersion()));
        }
    }
}
