package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.actors.metadata.LeaderWait;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.leadership.UncleanChoice;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives a partition a leader whose majority of replicas is lost for good, because an operator says so: asks
/// those that
/// can be reached what they have, takes the best of them ([UncleanChoice]), has metadata say that it leads
/// alone, and
/// waits until it does. What only the others had is lost.
///
/// Thread rule: any thread; never blocks.
public final class UncleanElection {
    private static final Logger LOG = LoggerFactory.getLogger(UncleanElection.class);

    /// @param error ELECTION_NOT_NEEDED when there is a leader, ELIGIBLE_LEADERS_NOT_AVAILABLE when no replica
    ///     can be
    ///     reached, REQUEST_TIMED_OUT when the chosen one does not lead in time: it does as soon as it can
    record Outcome(Errors error, @Nullable String message) {}

    private final MetadataView metadata;
    private final LeaderDirectory leaders;
    private final ControllerClient controller;
    private final LeaderWait leaderWait;

    public UncleanElection(
            MetadataView metadata, LeaderDirectory leaders, ControllerClient controller, LeaderWait leaderWait) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.controller = controller;
        this.leaderWait = leaderWait;
    }

    /// @param topic its name, for people
    CompletionStage<Outcome> elect(String topic, PartitionId id, Duration maxWait) {
        List<ReplicaId> replicas = metadata.image().replicas(id);
        List<Integer> nodes = replicas.stream().map(ReplicaId::nodeId).toList();
        return leaders.standings(id, nodes)
                .thenCompose(standings -> choose(topic, id, replicas, standings, maxWait))
                .exceptionally(failure -> new Outcome(
                        Errors.forException(
                                failure instanceof CompletionException wrapped && wrapped.getCause() != null
                                        ? wrapped.getCause()
                                        : failure),
                        failure.getMessage()));
    }

    private CompletionStage<Outcome> choose(
            String topic, PartitionId id, List<ReplicaId> replicas, List<ReplicaStanding> standings, Duration maxWait) {
        if (standings.stream().anyMatch(ReplicaStanding::hasLeader)) {
            return done(Errors.ELECTION_NOT_NEEDED, "A replica of the partition leads, or hears a leader.");
        }
        Optional<UncleanChoice> choice = UncleanChoice.of(replicas, standings);
        if (choice.isEmpty()) {
            return done(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE, "No replica of the partition can be reached.");
        }
        UncleanChoice chosen = choice.get().afterGivingUp(metadata.image().forcedConfig(id), standings);
        LOG.error(
                "An unclean election of {}-{} ({}) was asked for. The replicas say {}; {} shall lead alone. Records that"
                        + " it lacks are lost",
                topic,
                id.partition(),
                id,
                standings,
                chosen.voter());
        return controller
                .submit(new ControllerCommand.ForceConfig(id, chosen.voter(), chosen.knownEpoch()))
                .thenCompose(forced ->
                        forced.error() == Errors.NONE ? await(id, maxWait) : done(forced.error(), forced.message()));
    }

    private CompletionStage<Outcome> await(PartitionId id, Duration maxWait) {
        return leaderWait
                .await(id, maxWait)
                .thenApply(leads -> leads
                        ? new Outcome(Errors.NONE, null)
                        : new Outcome(Errors.REQUEST_TIMED_OUT, "The replica that was chosen does not lead yet."));
    }

    private static CompletionStage<Outcome> done(Errors error, @Nullable String message) {
        return CompletableFuture.completedStage(new Outcome(error, message));
    }
}
