package io.sampo.actors.group;

import static io.sampo.actors.group.GroupClient.commitRequest;
import static io.sampo.actors.group.GroupClient.fetchRequest;
import static io.sampo.actors.group.GroupClient.offset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.partition.MemoryLeader;
import io.sampo.core.group.GroupSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The way of a coordinator's records into its partition, seen by clients.
class GroupLogTest {
    private static final GroupSettings SETTINGS = GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0);

    private final GroupNode node = GroupNode.serving(SETTINGS);
    private final GroupClient client = new GroupClient(node);

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void commitsThatComeWhileAnAppendIsUnderWayShareOneBatch() {
        MemoryLeader leader = node.leaderOf("simple");
        int before = leader.batchCount();
        leader.hold();
        List<CompletableFuture<AbstractResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(node.send(ApiKeys.OFFSET_COMMIT, (short) 9, commitRequest("simple", "", -1, i)));
        }
        // Answered by the same actor, so the commits have been taken before.
        client.list();
        assertTrue(answers.stream().noneMatch(CompletableFuture::isDone));
        leader.release();
        answers.forEach(GroupNode::await);
        assertEquals(before + 2, leader.batchCount());
        assertEquals(49, client.fetch("simple", 0).committedOffset());
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "SNAPPY", "LZ4", "ZSTD"})
    void batchesAreWrittenWithTheCodecThatIsSetAndReadBack(CompressionType codec) {
        try (GroupNode compressing = GroupNode.serving(SETTINGS, codec)) {
            GroupClient other = new GroupClient(compressing);
            assertEquals(Errors.NONE, other.commit("simple", "", -1, 42));
            MemoryLeader leader = compressing.leaderOf("simple");
            assertEquals(codec, leader.lastBatch().compressionType());

            compressing.endLeadership(leader.id());
            compressing.lead(leader.nextEpoch());
            other.awaitOffset("simple", 42);
        }
    }

    @Test
    void aFetchDoesNotShowWhatIsNotCommittedYet() {
        assertEquals(Errors.NONE, client.commit("simple", "", -1, 1));
        MemoryLeader leader = node.leaderOf("simple");
        leader.hold();
        CompletableFuture<AbstractResponse> commit =
                node.send(ApiKeys.OFFSET_COMMIT, (short) 9, commitRequest("simple", "", -1, 2));
        CompletableFuture<AbstractResponse> fetch =
                node.send(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest("simple", 0));
        client.list();
        assertFalse(commit.isDone());
        assertFalse(fetch.isDone());
        leader.release();
        assertEquals(2, offset(GroupNode.await(fetch)).committedOffset());
    }

    @Test
    void aRefusedAppendIsTakenBackAndTheCoordinatorGoesOn() {
        assertEquals(Errors.NONE, client.commit("simple", "", -1, 1));
        MemoryLeader leader = node.leaderOf("simple");
        leader.refuse(Errors.NOT_ENOUGH_REPLICAS);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, client.commit("simple", "", -1, 2));
        assertEquals(1, client.fetch("simple", 0).committedOffset());
        leader.refuse(Errors.NONE);
        assertEquals(Errors.NONE, client.commit("simple", "", -1, 3));
        assertEquals(3, client.fetch("simple", 0).committedOffset());
    }

    @Test
    void anAppendOfUnknownFateMakesTheCoordinatorReadItsLogAgain() {
        assertEquals(Errors.NONE, client.commit("simple", "", -1, 1));
        MemoryLeader leader = node.leaderOf("simple");
        leader.refuse(Errors.KAFKA_STORAGE_ERROR);
        assertEquals(Errors.NOT_COORDINATOR, client.commit("simple", "", -1, 2));
        leader.refuse(Errors.NONE);
        client.awaitOffset("simple", 1);
    }
}
