package io.sampo.streams.connection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/// Which node gets a request that any node can answer. One instance serves one request. Deterministic.
///
/// Nodes with a connection come before those without, those with less to do before busier ones; among equals chance
/// decides, which spreads a cluster's clients. None is tried twice in a round, nor one that failed a moment ago and may
/// not be tried yet. When no known node is left, the addresses of `bootstrap.servers` are tried (KIP-899), as the
/// cluster may have moved; after these the round is over.
final class NodeChoice {

    /// @param target what to send to
    /// @param connected can be sent to at once
    /// @param busy requests without an answer
    /// @param waitMs until it may be tried again, as its last connection failed
    record Candidate(Target target, boolean connected, int busy, long waitMs) {}

    /// A node by id, or an address of which nobody knows yet which node it is.
    sealed interface Target {
        record ById(int nodeId) implements Target {}

        record Bootstrap(Endpoint endpoint) implements Target {}
    }

    private static final Comparator<Candidate> BEST =
            Comparator.comparing((Candidate candidate) -> !candidate.connected).thenComparing(Candidate::busy);

    private final boolean rebootstrap;
    private final IntUnaryOperator random;
    private final Set<Target> tried = new HashSet<>();

    /// @param rebootstrap `metadata.recovery.strategy`: whether bootstrap addresses are tried although nodes are known
    /// @param random gives an index below its argument
    NodeChoice(boolean rebootstrap, IntUnaryOperator random) {
        this.rebootstrap = rebootstrap;
        this.random = random;
    }

    /// @return empty when the round is over
    Optional<Target> next(List<Candidate> nodes, List<Candidate> bootstrap) {
        Optional<Target> next = best(nodes);
        if (next.isEmpty() && (nodes.isEmpty() || rebootstrap)) {
            next = best(bootstrap);
        }
        next.ifPresent(tried::add);
        return next;
    }

    /// All may be tried again.
    void newRound() {
        tried.clear();
    }

    private Optional<Target> best(List<Candidate> candidates) {
        List<Candidate> equals = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (candidate.waitMs > 0 || tried.contains(candidate.target)) {
                continue;
            }
            int order = equals.isEmpty() ? 0 : BEST.compare(candidate, equals.getFirst());
            if (order < 0) {
                equals.clear();
            }
            if (order <= 0) {
                equals.add(candidate);
            }
        }
        return equals.isEmpty() ? Optional.empty() : Optional.of(equals.get(random.applyAsInt(equals.size())).target);
    }
}
