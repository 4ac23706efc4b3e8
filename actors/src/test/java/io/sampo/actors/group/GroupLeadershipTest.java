package io.sampo.actors.group;

import static io.sampo.actors.Eventually.eventually;
import static io.sampo.actors.group.GroupClient.describe;
import static io.sampo.actors.group.GroupClient.fetchRequest;
import static io.sampo.actors.group.GroupClient.joinRequest;
import static io.sampo.actors.group.GroupClient.offset;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.MemoryLeader;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.partition.PartitionId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Coordinators whose partition is led elsewhere, is led here again, or is being read.
class GroupLeadershipTest {
    private static final GroupSettings SETTINGS = GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0);

    private final GroupNode node = GroupNode.serving(SETTINGS);
    private final GroupClient client = new GroupClient(node);

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void aMemberJoinsSyncsCommitsAndFindsItsOffsetsAfterTheLeadershipMoved() {
        JoinGroupResponseData joined = client.joinAlone("g");
        SyncGroupResponseData synced = client.sync("g", joined, new byte[] {7});
        assertArrayEquals(new byte[] {7}, synced.assignment());
        assertEquals(Errors.NONE, client.commit("g", joined.memberId(), joined.generationId(), 42));

        MemoryLeader former = node.leaderOf("g");
        node.endLeadership(former.id());
        assertEquals(Errors.NOT_COORDINATOR, client.heartbeat("g", joined));
        node.lead(former.nextEpoch());

        client.awaitOffset("g", 42);
        assertEquals("note", client.fetch("g", 0).metadata());
        assertEquals(Errors.NONE, client.heartbeat("g", joined));
    }

    @Test
    void whatIsNoGroupRecordDoesNotKeepTheGroupsFromBeingLoaded() {
        assertEquals(Errors.NONE, client.commit("g", "", -1, 41));
        MemoryLeader former = node.leaderOf("g");
        byte[] offsetCommitKey = {0, 1, 0, 100};
        write(former, MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[] {1}, new byte[] {2})));
        write(former, MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(offsetCommitKey, new byte[] {9})));
        MemoryRecords malformed = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(offsetCommitKey, null));
        malformed.buffer().put(DefaultRecordBatch.RECORD_BATCH_OVERHEAD, (byte) 0x7e);
        write(former, malformed);
        assertEquals(Errors.NONE, client.commit("g", "", -1, 42));

        node.endLeadership(former.id());
        node.lead(former.nextEpoch());

        client.awaitOffset("g", 42);
    }

    /// As a client may that calls itself Kafka's admin client.
    private static void write(MemoryLeader leader, MemoryRecords records) {
        leader.append(new Append(
                records, Append.Origin.CLIENT, (short) -1, outcome -> assertEquals(Errors.NONE, outcome.error())));
    }

    @Test
    void whileTheLogIsBeingReadClientsAreToldSo() {
        PartitionId id = node.router.partitionIdFor("g").orElseThrow();
        MemoryLeader former = node.leaderOf("g");
        node.endLeadership(id);
        CountDownLatch gate = new CountDownLatch(1);
        MemoryLeader next = former.nextEpoch();
        next.blockLoading(gate);
        node.lead(next);
        // Until the news of the leadership has reached the coordinators, none is here.
        node.testKit.<Void>createTestProbe().awaitAssert(() -> {
            assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS, client.commit("g", "", -1, 1));
            return 0;
        });
        assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS.code(), client.list().errorCode());
        assertEquals(
                Errors.NONE.code(),
                node.call(
                                ApiKeys.HEARTBEAT,
                                4,
                                new HeartbeatRequestData().setGroupId("g").setMemberId("m"),
                                HeartbeatResponseData.class)
                        .errorCode());
        gate.countDown();
        node.awaitServing();
        assertEquals(Errors.NONE, client.commit("g", "", -1, 1));
    }

    @Test
    void aParkedJoinIsAnsweredWhenLeadershipEnds() {
        JoinGroupResponseData leader = client.joinAlone("g");
        client.sync("g", leader, new byte[] {1});
        // A second member waits for the first one to join again.
        CompletableFuture<AbstractResponse> second = node.send(ApiKeys.JOIN_GROUP, (short) 3, joinRequest("g", ""));
        client.list();
        assertFalse(second.isDone());
        node.endLeadership(node.router.partitionIdFor("g").orElseThrow());
        JoinGroupResponseData answer =
                (JoinGroupResponseData) GroupNode.await(second).data();
        assertEquals(Errors.NOT_COORDINATOR.code(), answer.errorCode());
    }

    @Test
    void offsetsAreGivenOnlyWhenAMajorityConfirmsTheCoordinator() throws InterruptedException {
        assertEquals(Errors.NONE, client.commit("g", "", -1, 42));
        MemoryLeader leader = node.leaderOf("g");
        leader.otherVoters().join();
        CompletableFuture<AbstractResponse> confirmed =
                node.send(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest("g", 0));
        eventually("a barrier", () -> leader.otherVoters().askedCount() == 1);
        // Requests that write do not wait, and the answer is as of the end of the barrier.
        assertEquals(Errors.NONE, client.commit("g", "", -1, 43));
        assertFalse(confirmed.isDone());
        leader.otherVoters().answer(Errors.NONE);
        assertEquals(43, offset(GroupNode.await(confirmed)).committedOffset());

        CompletableFuture<AbstractResponse> refused = node.send(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest("g", 0));
        eventually("another barrier", () -> leader.otherVoters().askedCount() == 1);
        leader.otherVoters().answer(Errors.NOT_LEADER_OR_FOLLOWER);
        assertEquals(Errors.NOT_COORDINATOR, groupError(GroupNode.await(refused)));
    }

    @Test
    void whoWaitsForABarrierHearsOfTheEndOfTheLeadership() throws InterruptedException {
        MemoryLeader leader = node.leaderOf("g");
        leader.otherVoters().join();
        CompletableFuture<AbstractResponse> waiting = node.send(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest("g", 0));
        eventually("a barrier", () -> leader.otherVoters().askedCount() == 1);

        node.endLeadership(leader.id());

        assertEquals(Errors.NOT_COORDINATOR, groupError(GroupNode.await(waiting)));
        leader.otherVoters().answer(Errors.NONE);
    }

    private static Errors groupError(AbstractResponse response) {
        return Errors.forCode(
                ((OffsetFetchResponseData) response.data()).groups().getFirst().errorCode());
    }

    @Test
    void sessionsEndByTheActorsOneTimer() {
        GroupSettings shortSessions = new GroupSettings(
                50, 1_800_000, 0, Integer.MAX_VALUE, 300_000, 4096, 1_000_000, 600_000, 5_000, 2, 1024);
        try (GroupNode fast = GroupNode.serving(shortSessions)) {
            JoinGroupRequestData request = joinRequest("g", "").setSessionTimeoutMs(100);
            JoinGroupResponseData joined = fast.call(ApiKeys.JOIN_GROUP, 3, request, JoinGroupResponseData.class);
            assertEquals(Errors.NONE.code(), joined.errorCode());
            fast.testKit.<Void>createTestProbe().awaitAssert(() -> {
                assertEquals("Empty", describe(fast, "g").groupState());
                return 0;
            });
        }
    }
}
