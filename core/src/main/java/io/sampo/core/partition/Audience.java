package io.sampo.core.partition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may fetch from the leader of one epoch: its voters, those of the configuration before until its own is
/// committed, learners and observers.
final class Audience {
    private final ReplicaState state;
    private final VoterSet config;

    /// Its voters are served too until the configuration is committed; null when it did not change.
    private @Nullable VoterSet previousConfig;

    private @Nullable Union union;

    Audience(ReplicaState state, VoterSet config, @Nullable VoterSet previousConfig) {
        this.state = state;
        this.config = config;
        this.previousConfig = previousConfig;
    }

    void configCommitted() {
        previousConfig = null;
    }

    /// Null when the configuration is settled.
    @Nullable
    VoterSet previousConfig() {
        return previousConfig;
    }

    List<ReplicaId> replicas() {
        Union known = union;
        if (known == null || !known.isOf(state.desired, state.observers, previousConfig)) {
            known = Union.of(config, state.desired, state.observers, previousConfig);
            union = known;
        }
        return known.replicas;
    }

    /// Whether it votes in this configuration, or in the one before while that counts too.
    boolean votes(ReplicaId replica) {
        return config.voters().contains(replica)
                || (previousConfig != null && previousConfig.voters().contains(replica));
    }

    /// Asked for at every fetch, and changes when metadata or the configuration does.
    private record Union(
            List<ReplicaId> desired,
            List<ReplicaId> observers,
            @Nullable VoterSet previousConfig,
            List<ReplicaId> replicas) {

        static Union of(
                VoterSet config,
                List<ReplicaId> desired,
                List<ReplicaId> observers,
                @Nullable VoterSet previousConfig) {
            List<ReplicaId> all = ReplicaState.union(ReplicaState.union(config.voters(), desired), observers);
            return new Union(
                    desired,
                    observers,
                    previousConfig,
                    List.copyOf(previousConfig == null ? all : ReplicaState.union(all, previousConfig.voters())));
        }

        @SuppressWarnings("ReferenceEquality")
        boolean isOf(List<ReplicaId> wanted, List<ReplicaId> observing, @Nullable VoterSet previous) {
            // Each is replaced as a whole when it changes.
            return desired == wanted && observers == observing && previousConfig == previous;
        }
    }
}
