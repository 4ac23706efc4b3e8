package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaRequest;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

class LocalLeaderHandleTest {
    private final PartitionId id = new PartitionId(Uuid.randomUuid(), 0);
    private final MemoryLogs logs = new MemoryLogs();
    private final List<String> calls = new ArrayList<>();
    private final List<LocalLeaderHandle.Barrier> barriers = new ArrayList<>();
    private final NodeLeaderDirectory directory = new NodeLeaderDirectory(new LeaderBoard(1));

    private LocalLeaderHandle handle(int leaderEpoch) {
        logs.register(id, "orders", LogSettings.DEFAULTS);
        return new LocalLeaderHandle(
                id,
                new ReadView(leaderEpoch, 0, 5, 5, 5),
                logs.find(id).orElseThrow(),
                new ReplicaIntake(
                        10, 1_000, 1_000, new GatherRule(0), () -> calls.add("flush"), (_, _) -> calls.add("alarm")),
                barrier -> barriers.add((LocalLeaderHandle.Barrier) barrier),
                _ -> calls.add("statuses"));
    }

    @Test
    void waitersAreCalledOnceWhenTheHighWatermarkMoves() {
        LocalLeaderHandle handle = handle(0);
        Runnable forgotten = () -> calls.add("forgotten");
        handle.onNextAdvance(() -> calls.add("woken"));
        handle.onNextAdvance(forgotten);
        handle.removeWaiter(forgotten);

        handle.publish(new ReadView(0, 1, 5, 5, 7));
        assertEquals(List.of(), calls, "nothing new may be read");
        handle.publish(new ReadView(0, 1, 7, 7, 7));
        handle.publish(new ReadView(0, 1, 8, 8, 8));

        assertEquals(List.of("woken"), calls);
        assertEquals(8, handle.view().highWatermark());
    }

    @Test
    void theEndOfLeadershipWakesWaitersAndRefusesRequests() {
        LocalLeaderHandle handle = handle(0);
        directory.started(handle, new Leadership(1, handle.leaderEpoch(), List.of(1), List.of()));
        handle.onNextAdvance(() -> calls.add("woken"));

        directory.ended(handle);
        handle.onNextAdvance(() -> calls.add("too late"));
        handle.deleteRecords(0, 1_000, (error, _) -> calls.add(error.name()));

        assertEquals(List.of("woken", "too late", Errors.NOT_LEADER_OR_FOLLOWER.name()), calls);
    }

    @Test
    void whoIsTheOnlyVoterAsksNobodyWhetherItLeads() {
        LocalLeaderHandle handle = handle(0);
        handle.votersAre(List.of(new ReplicaId(1, Uuid.ONE_UUID)));
        assertTrue(handle.leadsAlone());

        handle.barrier((error, highWatermark) -> calls.add(error + " " + highWatermark));
        handle.end();
        handle.barrier((error, highWatermark) -> calls.add(error + " " + highWatermark));

        assertEquals(List.of("NONE 5", "NOT_LEADER_OR_FOLLOWER -1"), calls);
        assertFalse(handle.leadsAlone());
    }

    @Test
    void aBarrierIsAnsweredOnceAlsoWhenTheReplicaNeverHearsOfIt() {
        LocalLeaderHandle handle = handle(0);
        handle.votersAre(List.of(new ReplicaId(1, Uuid.ONE_UUID), new ReplicaId(2, Uuid.ONE_UUID)));
        assertFalse(handle.leadsAlone());
        handle.barrier((error, _) -> calls.add("first " + error));
        handle.barrier((error, _) -> calls.add("second " + error));
        barriers.getFirst().completed(Errors.NONE, 5);

        handle.end();
        barriers.forEach(barrier -> barrier.completed(Errors.NONE, 5));

        assertEquals(List.of("first NONE", "second NOT_LEADER_OR_FOLLOWER"), calls);
    }

    @Test
    void whoIsWokenByTheEndOfLeadershipFindsNoLeader() {
        LocalLeaderHandle handle = handle(0);
        directory.started(handle, new Leadership(1, handle.leaderEpoch(), List.of(1), List.of()));
        handle.onNextAdvance(
                () -> calls.add(directory.local(id).isPresent() ? "still led here" : "led here no longer"));

        directory.ended(handle);

        assertEquals(List.of("led here no longer"), calls);
    }

    @Test
    void aWaiterThatFailsDoesNotKeepTheOthersFromBeingCalled() {
        LocalLeaderHandle handle = handle(0);
        handle.onNextAdvance(() -> {
            throw new IllegalStateException("a broken waiter");
        });
        handle.onNextAdvance(() -> calls.add("woken"));
        handle.publish(new ReadView(0, 0, 6, 6, 6));
        assertEquals(List.of("woken"), calls);
    }

    @Test
    void listenersSeeTheLeadersOfTheirTopicAlsoThoseOfBefore() {
        LocalLeaderHandle first = handle(3);
        LeaderDirectory.LeadershipListener listener = new LeaderDirectory.LeadershipListener() {
            @Override
            public void started(LeaderHandle leader) {
                calls.add("started " + leader.leaderEpoch());
            }

            @Override
            public void ended(PartitionId partition, int leaderEpoch) {
                calls.add("ended " + leaderEpoch);
            }
        };
        directory.started(first, new Leadership(1, first.leaderEpoch(), List.of(1), List.of()));
        directory.subscribe("orders", listener);
        directory.subscribe("others", listener);
        directory.ended(first);
        LocalLeaderHandle second = handle(4);
        directory.started(second, new Leadership(1, second.leaderEpoch(), List.of(1), List.of()));
        directory.ended(first);

        assertEquals(List.of("started 3", "ended 3", "started 4"), calls);
        assertTrue(directory.local(id).isPresent(), "the end of an older epoch does not end the newer");
        assertEquals(4, directory.leadership(id).orElseThrow().leaderEpoch());
    }

    @Test
    void whatACoordinatorWritesIsBoundToTheEpochOfItsHandle() {
        ReplicaIntake intake = new ReplicaIntake(10, 1_000, 1_000, new GatherRule(0), () -> {}, (_, _) -> {});
        logs.register(id, "orders", LogSettings.DEFAULTS);
        LocalLeaderHandle handle = new LocalLeaderHandle(
                id, new ReadView(3, 0, 5, 5, 5), logs.find(id).orElseThrow(), intake, _ -> {}, _ -> {});
        List<Errors> errors = new ArrayList<>();
        for (Append.Origin origin : List.of(Append.Origin.CLIENT, Append.Origin.COORDINATOR)) {
            handle.append(new Append(MemoryRecords.EMPTY, origin, (short) -1, outcome -> errors.add(outcome.error())));
        }
        List<ReplicaRequest> waiting = intake.drain(10, 1_000, 0);
        waiting.removeIf(request -> EpochAppend.isOfAnotherEpoch(request, 3));
        assertEquals(2, waiting.size());
        waiting.removeIf(request -> EpochAppend.isOfAnotherEpoch(request, 4));
        assertEquals(1, waiting.size(), "a client's batch may go into the next epoch of the same leader");
        assertEquals(List.of(Errors.NOT_LEADER_OR_FOLLOWER), errors);
    }
}
