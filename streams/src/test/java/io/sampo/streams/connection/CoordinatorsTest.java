package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@NullMarked
class CoordinatorsTest {
    private static final ClusterView.Node ONE = new ClusterView.Node(1, "a", 9092, Optional.empty());
    private static final ClusterView.Node TWO = new ClusterView.Node(2, "b", 9092, Optional.empty());

    private final ScriptedCluster cluster =
            new ScriptedCluster(new ClusterView(Optional.empty(), Map.of(1, ONE), Map.of()));
    private final Coordinators coordinators = new Coordinators(cluster, 1_000);

    @AfterEach
    void everyAnswerIsClosed() {
        assertEquals(0, cluster.unclosedAnswers());
    }

    @Test
    void callersAtTheSameTimeShareAQuestionAndLaterOnesItsAnswer() {
        CompletionStage<Integer> first = coordinators.groupCoordinator("g");
        CompletionStage<Integer> second = coordinators.groupCoordinator("g");

        answer(Errors.NONE, 1);

        assertEquals(1, join(first));
        assertEquals(1, join(second));
        assertEquals(1, join(coordinators.groupCoordinator("g")));
        assertEquals(1, calls());
    }

    @Test
    void groupsAndTransactionalIdsOfTheSameNameAreApart() {
        CompletionStage<Integer> group = coordinators.groupCoordinator("x");
        answer(Errors.NONE, 1);
        CompletionStage<Integer> transaction = coordinators.transactionCoordinator("x");

        assertEquals(1, join(group));
        assertEquals(2, calls());
        answer(Errors.NONE, 1);
        assertEquals(1, join(transaction));
        assertEquals(1, last().as(FindCoordinatorRequest.class).data().keyType());
    }

    @Test
    void forgettingAsksAnewUnlessAnotherNodeIsKnownMeanwhile() {
        CompletionStage<Integer> first = coordinators.groupCoordinator("g");
        answer(Errors.NONE, 1);
        assertEquals(1, join(first));

        coordinators.forget("g", 7);
        assertEquals(1, join(coordinators.groupCoordinator("g")));
        assertEquals(1, calls());

        coordinators.forget("g", 1);
        CompletionStage<Integer> again = coordinators.groupCoordinator("g");
        assertEquals(2, calls());
        answer(Errors.NONE, 1);
        assertEquals(1, join(again));
    }

    @Test
    void aFailureIsNotRemembered() {
        CompletionStage<Integer> first = coordinators.groupCoordinator("g");
        answer(Errors.COORDINATOR_NOT_AVAILABLE, -1);
        assertInstanceOf(CoordinatorNotAvailableException.class, failure(first));

        CompletionStage<Integer> second = coordinators.groupCoordinator("g");
        last().disconnect();
        assertInstanceOf(DisconnectException.class, failure(second));

        CompletionStage<Integer> third = coordinators.groupCoordinator("g");
        answer(Errors.NONE, 1);
        assertEquals(1, join(third));
    }

    @Test
    void aNodeThatJoinedMeanwhileIsLookedUpFirst() {
        cluster.onRefresh(_ -> new ClusterView(Optional.empty(), Map.of(1, ONE, 2, TWO), Map.of()));
        CompletionStage<Integer> found = coordinators.groupCoordinator("g");
        answer(Errors.NONE, 2);

        assertEquals(2, join(found));
        assertEquals(1, cluster.refreshes());
    }

    @Test
    void aNodeThatNobodyKnowsIsNotGivenOut() {
        CompletionStage<Integer> found = coordinators.groupCoordinator("g");
        answer(Errors.NONE, 3);

        assertInstanceOf(CoordinatorNotAvailableException.class, failure(found));
    }

    @Test
    void remembersABoundedNumber() {
        cluster.on(
                ApiKeys.FIND_COORDINATOR,
                call -> FindCoordinatorResponse.prepareResponse(
                        Errors.NONE,
                        call.as(FindCoordinatorRequest.class)
                                .data()
                                .coordinatorKeys()
                                .getFirst(),
                        new Node(1, "a", 9092)));
        for (int i = 0; i <= Coordinators.MAX_REMEMBERED; i++) {
            assertEquals(1, join(coordinators.groupCoordinator("g" + i)));
        }
        int before = calls();

        assertEquals(1, join(coordinators.groupCoordinator("g" + Coordinators.MAX_REMEMBERED)));
        assertEquals(before, calls());
        assertEquals(1, join(coordinators.groupCoordinator("g0")));
        assertEquals(before + 1, calls());
    }

    private void answer(Errors error, int nodeId) {
        ScriptedCluster.Call call = last();
        String key =
                call.as(FindCoordinatorRequest.class).data().coordinatorKeys().getFirst();
        call.answer(FindCoordinatorResponse.prepareResponse(error, key, new Node(nodeId, "a", 9092)));
    }

    private ScriptedCluster.Call last() {
        return cluster.calls(ApiKeys.FIND_COORDINATOR).getLast();
    }

    private int calls() {
        return cluster.calls(ApiKeys.FIND_COORDINATOR).size();
    }

    private static int join(CompletionStage<Integer> stage) {
        CompletableFuture<Integer> future = stage.toCompletableFuture();
        return future.join();
    }

    private static Throwable failure(CompletionStage<Integer> stage) {
        return Failures.cause(assertThrows(
                CompletionException.class, () -> stage.toCompletableFuture().join()));
    }
}
