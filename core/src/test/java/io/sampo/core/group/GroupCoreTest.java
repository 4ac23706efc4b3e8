package io.sampo.core.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules of classic groups, one by one; every decision is committed at once.
class GroupCoreTest {
    private static final long HOUR_MS = 3_600_000;
    private static final long DAY_MS = 24 * HOUR_MS;

    private GroupCore core = core(GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0));
    private final List<GroupRecord> log = new ArrayList<>();
    private final Map<Long, ApiMessage> answers = new HashMap<>();
    private long nowMs = 1_000_000;
    private long nextRequestId;
    private int nextId;

    @Test
    void aNewDynamicMemberFirstGetsItsIdFromVersionFourOn() {
        assertEquals(
                Errors.NONE.code(),
                answer(join(3, "g", "", null), JoinGroupResponseData.class).errorCode());
        JoinGroupResponseData pending = answer(join(4, "h", "", null), JoinGroupResponseData.class);
        assertEquals(Errors.MEMBER_ID_REQUIRED.code(), pending.errorCode());
        assertTrue(pending.memberId().startsWith("client-"));
        assertEquals(
                Errors.NONE.code(),
                answer(join(4, "h", pending.memberId(), null), JoinGroupResponseData.class)
                        .errorCode());
    }

    @Test
    void anIdThatIsNotUsedInTimeIsForgotten() {
        String memberId =
                answer(join(4, "g", "", null), JoinGroupResponseData.class).memberId();
        passTime(10_001);
        assertEquals(
                Errors.UNKNOWN_MEMBER_ID.code(),
                answer(join(4, "g", memberId, null), JoinGroupResponseData.class)
                        .errorCode());
    }

    @ParameterizedTest
    @CsvSource({"5999, INVALID_SESSION_TIMEOUT", "6000, NONE", "1800000, NONE", "1800001, INVALID_SESSION_TIMEOUT"})
    void sessionTimeoutsHaveBounds(int sessionTimeoutMs, Errors expected) {
        JoinGroupRequestData request = joinRequest("g", "", null).setSessionTimeoutMs(sessionTimeoutMs);
        assertEquals(
                expected.code(),
                answer(ask(caller -> core.join(caller, request, nowMs), 3), JoinGroupResponseData.class)
                        .errorCode());
    }

    @Test
    void theFirstRebalanceWaitsForMoreMembersUpToTheRebalanceTimeout() {
        core = core(GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(3_000));
        long first = join(3, "g", "", null);
        passTime(2_000);
        long second = join(3, "g", "", null);
        passTime(1_500);
        assertFalse(answers.containsKey(first));
        passTime(3_000);
        JoinGroupResponseData leader = answer(first, JoinGroupResponseData.class);
        assertEquals(2, leader.members().size());
        assertEquals(
                leader.memberId(), answer(second, JoinGroupResponseData.class).leader());
    }

    @Test
    void aGroupMovesToTheProtocolThatAllSupportAndMostPrefer() {
        long first = joinWith("g", "", "new", "old");
        JoinGroupResponseData alone = answer(first, JoinGroupResponseData.class);
        assertEquals("new", alone.protocolName());
        long second = joinWith("g", "", "old");
        joinWith("g", alone.memberId(), "new", "old");
        assertEquals("old", answer(second, JoinGroupResponseData.class).protocolName());
        assertEquals(
                Errors.INCONSISTENT_GROUP_PROTOCOL.code(),
                answer(joinWith("g", "", "other"), JoinGroupResponseData.class).errorCode());
    }

    @Test
    void aGroupTakesNoMoreMembersThanItsLimit() {
        core = core(GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0).withGroupMaxSize(1));
        stableMember("g", null);
        assertEquals(
                Errors.GROUP_MAX_SIZE_REACHED.code(),
                answer(join(3, "g", "", null), JoinGroupResponseData.class).errorCode());
    }

    @Test
    void aStaticMemberComesBackWithoutARebalanceAndItsFormerSelfIsFenced() {
        JoinGroupResponseData first = stableMember("g", "i-1");
        JoinGroupResponseData again = answer(join(9, "g", "", "i-1"), JoinGroupResponseData.class);
        assertEquals(first.generationId(), again.generationId());
        assertNotEquals(first.memberId(), again.memberId());
        // KIP-814: it leads, but there is nothing to assign.
        assertEquals(again.memberId(), again.leader());
        assertTrue(again.skipAssignment());
        assertEquals(Errors.FENCED_INSTANCE_ID, heartbeat("g", first, "i-1"));
        assertArrayEquals(
                new byte[] {7},
                answer(sync("g", again, "i-1"), SyncGroupResponseData.class).assignment());
    }

    @Test
    void anOldStaticLeaderIsToldOfItsFormerIdSoThatItDoesNotAssign() {
        JoinGroupResponseData first = stableMember("g", "i-1");
        JoinGroupResponseData again = answer(join(8, "g", "", "i-1"), JoinGroupResponseData.class);
        assertEquals(first.memberId(), again.leader());
        assertFalse(again.skipAssignment());
        assertTrue(again.members().isEmpty());
    }

    @Test
    void aStaticMemberCanBeSentAwayByItsInstanceId() {
        stableMember("g", "i-1");
        LeaveGroupRequestData request = new LeaveGroupRequestData()
                .setGroupId("g")
                .setMembers(List.of(
                        new LeaveGroupRequestData.MemberIdentity()
                                .setMemberId("")
                                .setGroupInstanceId("i-1"),
                        new LeaveGroupRequestData.MemberIdentity()
                                .setMemberId("")
                                .setGroupInstanceId("i-2")));
        LeaveGroupResponseData left =
                answer(ask(caller -> core.leave(caller, request, nowMs), 5), LeaveGroupResponseData.class);
        assertEquals(Errors.NONE.code(), left.members().get(0).errorCode());
        assertEquals(Errors.UNKNOWN_MEMBER_ID.code(), left.members().get(1).errorCode());
        assertEquals("Empty", describe("g", 5).groupState());
    }

    @Test
    void membersThatNeverSyncAreOutAfterTheRebalanceTimeout() {
        JoinGroupResponseData joined = answer(join(3, "g", "", null), JoinGroupResponseData.class);
        for (int i = 0; i < 8; i++) {
            passTime(9_000);
            heartbeat("g", joined, null);
        }
        assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat("g", joined, null));
    }

    @Test
    void commitsAreJudgedByGenerationAndMember() {
        assertEquals(Errors.ILLEGAL_GENERATION, commit("none", "m", 1, 8));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, commit("none", "m", 1, 9));
        JoinGroupResponseData joined = answer(join(3, "g", "", null), JoinGroupResponseData.class);
        int generation = joined.generationId();
        assertEquals(Errors.REBALANCE_IN_PROGRESS, commit("g", joined.memberId(), generation, 9));
        sync("g", joined, null);
        assertEquals(Errors.NONE, commit("g", joined.memberId(), generation, 9));
        assertEquals(Errors.ILLEGAL_GENERATION, commit("g", joined.memberId(), generation - 1, 9));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, commit("g", "stranger", generation, 9));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, commit("g", "", -1, 9));
    }

    @Test
    void metadataHasALimit() {
        OffsetCommitRequestData request = commitRequest("g", "", -1);
        request.topics().getFirst().partitions().getFirst().setCommittedMetadata("x".repeat(4_097));
        OffsetCommitResponseData answer =
                answer(ask(caller -> core.commitOffsets(caller, request, nowMs), 9), OffsetCommitResponseData.class);
        assertEquals(
                Errors.OFFSET_METADATA_TOO_LARGE.code(),
                answer.topics().getFirst().partitions().getFirst().errorCode());
        assertTrue(log.stream().noneMatch(GroupRecord.OffsetCommit.class::isInstance));
    }

    @Test
    void offsetsOfASimpleConsumerExpireAfterTheCommit() {
        commit("g", "", -1, 9);
        passTime(7 * DAY_MS - HOUR_MS);
        assertEquals(1, state().offsets().byTopic("g").size());
        passTime(2 * HOUR_MS);
        assertTrue(state().offsets().byTopic("g").isEmpty());
        assertNull(state().group("g"));
        assertTrue(core.nextDeadlineMs().isEmpty(), "without groups no timer runs");
    }

    @Test
    void offsetsOfAGroupExpireFromTheTimeItBecameEmpty() {
        JoinGroupResponseData joined = stableMember("g", null);
        commit("g", joined.memberId(), joined.generationId(), 9);
        for (long passed = 0; passed < 8 * DAY_MS; passed += 9_000) {
            passTime(9_000);
            heartbeat("g", joined, null);
        }
        assertFalse(state().offsets().byTopic("g").isEmpty());
        passTime(6 * DAY_MS);
        assertFalse(state().offsets().byTopic("g").isEmpty());
        passTime(2 * DAY_MS);
        assertTrue(state().offsets().byTopic("g").isEmpty());
    }

    @Test
    void onlyEmptyGroupsAreDeleted() {
        JoinGroupResponseData joined = stableMember("g", null);
        commit("g", joined.memberId(), joined.generationId(), 9);
        commit("simple", "", -1, 9);
        DeleteGroupsResponseData deleted = answer(
                ask(caller -> core.deleteGroups(caller, List.of("g", "simple", "none"), nowMs), 2),
                DeleteGroupsResponseData.class);
        assertEquals(Errors.NON_EMPTY_GROUP.code(), deleted.results().find("g").errorCode());
        assertEquals(Errors.NONE.code(), deleted.results().find("simple").errorCode());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(), deleted.results().find("none").errorCode());
        assertEquals(new GroupRecord.GroupMetadata("simple", null), log.getLast());
        assertEquals(new GroupRecord.OffsetCommit("simple", "orders", 0, null), log.get(log.size() - 2));
    }

    @Test
    void groupsThatDoNotExistAreDeadWithAnErrorFromVersionSix() {
        assertEquals("Dead", describe("none", 5).groupState());
        assertEquals(Errors.NONE.code(), describe("none", 5).errorCode());
        assertEquals(Errors.GROUP_ID_NOT_FOUND.code(), describe("none", 6).errorCode());
    }

    @ParameterizedTest
    @CsvSource({"stable, , 1", "EMPTY, , 1", "Dead, , 0", ", classic, 2", ", consumer, 0", "Stable, Classic, 1"})
    void listedGroupsCanBeFiltered(@Nullable String groupState, @Nullable String type, int expected) {
        stableMember("g", null);
        commit("simple", "", -1, 9);
        ListGroupsRequestData request = new ListGroupsRequestData()
                .setStatesFilter(groupState == null ? List.of() : List.of(groupState))
                .setTypesFilter(type == null ? List.of() : List.of(type));
        assertEquals(
                expected,
                answer(ask(caller -> core.list(caller, request, nowMs), 5), ListGroupsResponseData.class)
                        .groups()
                        .size());
    }

    @Test
    void aLoadedGroupGoesOnWhereItWas() {
        JoinGroupResponseData joined = stableMember("g", "i-1");
        commit("g", joined.memberId(), joined.generationId(), 9);
        core = core(GroupSettings.DEFAULTS);
        log.forEach(core::replay);
        carryOut(core.loaded(nowMs));
        assertEquals(Errors.NONE, heartbeat("g", joined, "i-1"));
        assertArrayEquals(
                new byte[] {7},
                answer(sync("g", joined, "i-1"), SyncGroupResponseData.class).assignment());
        assertEquals(
                5,
                Objects.requireNonNull(state().offsets().get("g", "orders", 0)).offset());
        passTime(10_001);
        assertEquals("Empty", describe("g", 5).groupState());
    }

    @Test
    void whatCouldNotBeAppendedIsTakenBack() {
        commit("g", "", -1, 9);
        Caller caller = new Caller(nextRequestId++, (short) 9, "client", "/host");
        OffsetCommitRequestData request = commitRequest("g", "", -1);
        request.topics().getFirst().partitions().getFirst().setCommittedOffset(99);
        Decision first = core.commitOffsets(caller, request, nowMs);
        Decision second =
                core.deleteGroups(new Caller(nextRequestId++, (short) 2, "client", "/host"), List.of("g"), nowMs);
        assertNull(state().group("g"));
        core.revert(second);
        core.revert(first);
        assertEquals(
                5,
                Objects.requireNonNull(state().offsets().get("g", "orders", 0)).offset());
        assertEquals("Empty", describe("g", 5).groupState());
    }

    private interface Question {
        Decision ask(Caller caller);
    }

    private GroupCore core(GroupSettings settings) {
        return new GroupCore(settings, () -> "id" + nextId++);
    }

    private CoordinatorState state() {
        return core.state();
    }

    private long ask(Question question, int apiVersion) {
        long requestId = nextRequestId++;
        carryOut(question.ask(new Caller(requestId, (short) apiVersion, "client", "/host")));
        return requestId;
    }

    private void carryOut(Decision decision) {
        log.addAll(decision.records());
        decision.replies().forEach(reply -> answers.put(reply.requestId(), reply.response()));
        decision.repliesOnceCommitted().forEach(reply -> answers.put(reply.requestId(), reply.response()));
        if (!decision.isImmediate()) {
            carryOut(core.committed(decision, nowMs));
        }
    }

    private <T extends ApiMessage> T answer(long requestId, Class<T> type) {
        return type.cast(Objects.requireNonNull(answers.get(requestId), "not answered"));
    }

    /// Fires every timer at its own time.
    private void passTime(long durationMs) {
        long endMs = nowMs + durationMs;
        while (core.nextDeadlineMs().orElse(Long.MAX_VALUE) <= endMs) {
            nowMs = Math.max(nowMs, core.nextDeadlineMs().getAsLong());
            core.onTimers(nowMs).forEach(this::carryOut);
        }
        nowMs = endMs;
    }

    private JoinGroupRequestData joinRequest(String group, String memberId, @Nullable String instanceId) {
        JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[] {1}));
        return new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setProtocolType("consumer")
                .setProtocols(protocols)
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(60_000);
    }

    private long join(int apiVersion, String group, String memberId, @Nullable String instanceId) {
        JoinGroupRequestData request = joinRequest(group, memberId, instanceId);
        return ask(caller -> core.join(caller, request, nowMs), apiVersion);
    }

    private long joinWith(String group, String memberId, String... protocolNames) {
        JoinGroupRequestData request = joinRequest(group, memberId, null);
        JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
        for (String name : protocolNames) {
            protocols.add(new JoinGroupRequestProtocol().setName(name).setMetadata(new byte[] {1}));
        }
        request.setProtocols(protocols);
        return ask(caller -> core.join(caller, request, nowMs), 3);
    }

    private JoinGroupResponseData stableMember(String group, @Nullable String instanceId) {
        JoinGroupResponseData joined =
                answer(join(instanceId == null ? 3 : 9, group, "", instanceId), JoinGroupResponseData.class);
        sync(group, joined, instanceId);
        return joined;
    }

    private long sync(String group, JoinGroupResponseData joined, @Nullable String instanceId) {
        SyncGroupRequestData request = new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(joined.memberId())
                .setGroupInstanceId(instanceId)
                .setGenerationId(joined.generationId())
                .setAssignments(List.of(new SyncGroupRequestAssignment()
                        .setMemberId(joined.memberId())
                        .setAssignment(new byte[] {7})));
        return ask(caller -> core.sync(caller, request, nowMs), 5);
    }

    private Errors heartbeat(String group, JoinGroupResponseData joined, @Nullable String instanceId) {
        HeartbeatRequestData request = new HeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(joined.memberId())
                .setGroupInstanceId(instanceId)
                .setGenerationId(joined.generationId());
        return Errors.forCode(answer(
                        ask(caller -> core.heartbeat(caller, request, nowMs), 4), HeartbeatResponseData.class)
                .errorCode());
    }

    private static OffsetCommitRequestData commitRequest(String group, String memberId, int generationId) {
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generationId)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName("orders")
                        .setTopicId(Uuid.ZERO_UUID)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(5)))));
    }

    private Errors commit(String group, String memberId, int generationId, int apiVersion) {
        OffsetCommitRequestData request = commitRequest(group, memberId, generationId);
        return Errors.forCode(answer(
                        ask(caller -> core.commitOffsets(caller, request, nowMs), apiVersion),
                        OffsetCommitResponseData.class)
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode());
    }

    private DescribeGroupsResponseData.DescribedGroup describe(String group, int apiVersion) {
        return answer(
                        ask(caller -> core.describe(caller, List.of(group), nowMs), apiVersion),
                        DescribeGroupsResponseData.class)
                .groups()
                .getFirst();
    }
}
