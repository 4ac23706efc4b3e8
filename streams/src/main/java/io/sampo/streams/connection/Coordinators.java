package io.sampo.streams.connection;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/// Which node coordinates a group or a transactional id. Answers are kept until somebody says that they are wrong;
/// callers that ask for the same one at the same time share a question.
///
/// Thread rule: any thread.
public final class Coordinators {

    /// Forgets the one not used for longest beyond it, as an admin may ask for every group of a cluster.
    static final int MAX_REMEMBERED = 1_000;

    private final Cluster cluster;
    private final long requestTimeoutMs;
    private final Map<Key, CompletableFuture<Integer>> known = new LinkedHashMap<>(16, 0.75f, true);

    /// @param requestTimeoutMs `request.timeout.ms`
    public Coordinators(Cluster cluster, long requestTimeoutMs) {
        this.cluster = cluster;
        this.requestTimeoutMs = requestTimeoutMs;
    }

    /// The node that coordinates a group. Asks once, without retries: when to ask again is the caller's decision.
    ///
    /// @return a node id that [Cluster#view] knows; fails as [Cluster#sendToAny] does, or with the answer's error:
    ///     `CoordinatorNotAvailableException` (retriable), `GroupAuthorizationException`, ...
    public CompletionStage<Integer> groupCoordinator(String groupId) {
        return find(new Key(CoordinatorType.GROUP, groupId));
    }

    /// The node that coordinates a transactional id; the same rules.
    public CompletionStage<Integer> transactionCoordinator(String transactionalId) {
        return find(new Key(CoordinatorType.TRANSACTION, transactionalId));
    }

    /// The node said that it is not the group's coordinator, or does not answer: the next caller asks anew. Does
    /// nothing when another node is known meanwhile.
    public void forget(String groupId, int nodeId) {
        forget(new Key(CoordinatorType.GROUP, groupId), nodeId);
    }

    /// The same for a transactional id.
    public void forgetTransaction(String transactionalId, int nodeId) {
        forget(new Key(CoordinatorType.TRANSACTION, transactionalId), nodeId);
    }

    private void forget(Key key, int nodeId) {
        synchronized (known) {
            CompletableFuture<Integer> answer = known.get(key);
            if (answer != null && answer.isDone() && !answer.isCompletedExceptionally() && answer.join() == nodeId) {
                known.remove(key);
            }
        }
    }

    private CompletionStage<Integer> find(Key key) {
        CompletableFuture<Integer> found = new CompletableFuture<>();
        synchronized (known) {
            CompletableFuture<Integer> before = known.get(key);
            if (before != null && !before.isCompletedExceptionally()) {
                return before.minimalCompletionStage();
            }
            known.put(key, found);
            if (known.size() > MAX_REMEMBERED) {
                known.remove(known.keySet().iterator().next());
            }
        }
        ask(key).whenComplete((nodeId, failure) -> {
            if (failure == null) {
                found.complete(nodeId);
                return;
            }
            synchronized (known) {
                known.remove(key, found);
            }
            found.completeExceptionally(Failures.cause(failure));
        });
        return found.minimalCompletionStage();
    }

    private CompletionStage<Integer> ask(Key key) {
        FindCoordinatorRequestData question =
                new FindCoordinatorRequestData().setKeyType(key.type.id()).setCoordinatorKeys(List.of(key.name));
        return cluster.sendToAny(new FindCoordinatorRequest.Builder(question), requestTimeoutMs)
                .thenApply(answer -> {
                    try (answer) {
                        return answer.as(FindCoordinatorResponse.class)
                                .coordinatorByKey(key.name)
                                .orElseThrow(Errors.COORDINATOR_NOT_AVAILABLE::exception);
                    }
                })
                .thenCompose(this::known);
    }

    /// A node that joined after the last refresh is not in the view yet.
    private CompletionStage<Integer> known(Coordinator coordinator) {
        Errors error = Errors.forCode(coordinator.errorCode());
        if (error != Errors.NONE) {
            String message = coordinator.errorMessage();
            return CompletableFuture.failedFuture(
                    message == null || message.isEmpty() ? error.exception() : error.exception(message));
        }
        int nodeId = coordinator.nodeId();
        if (cluster.view().nodes().containsKey(nodeId)) {
            return CompletableFuture.completedFuture(nodeId);
        }
        return cluster.refresh(Set.of()).thenApply(view -> {
            if (!view.nodes().containsKey(nodeId)) {
                throw Errors.COORDINATOR_NOT_AVAILABLE.exception("node " + nodeId + " is not in the metadata");
            }
            return nodeId;
        });
    }

    private record Key(CoordinatorType type, String name) {}
}
