package io.sampo.core.group;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What must always hold for a group, each a small class; asked after every step of the simulation.
final class Invariants {
    private Invariants() {}

    static List<Check> all() {
        return List.of(
                new OneOwner(),
                new CommitsAreFenced(),
                new GenerationsGrow(),
                new WhoIsInHasJoined(),
                new BooksBalance(),
                new AcknowledgedCommitsStay(),
                new Progress());
    }

    interface Check {
        default void afterStep(GroupSimulation simulation) {}

        default void onRequest(GroupSimulation simulation, ApiMessage request) {}

        /// @param response null when the coordinator was lost
        default void onResponse(GroupSimulation simulation, ApiMessage request, @Nullable ApiMessage response) {}

        default void atEnd(GroupSimulation simulation) {}
    }

    static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new AssertionError(String.format(java.util.Locale.ROOT, message, arguments));
        }
    }

    /// In one generation a partition is handed to one member only.
    static final class OneOwner implements Check {
        private final Map<String, String> owners = new HashMap<>();

        @Override
        public void onResponse(GroupSimulation simulation, ApiMessage request, @Nullable ApiMessage response) {
            if (!(response instanceof SyncGroupResponseData sync) || sync.errorCode() != 0) {
                return;
            }
            SyncGroupRequestData asked = (SyncGroupRequestData) request;
            // A static member that came back has the place of its former self.
            String owner = asked.groupInstanceId() == null ? asked.memberId() : asked.groupInstanceId();
            for (byte partition : sync.assignment()) {
                String key = asked.generationId() + "/" + partition;
                String former = owners.putIfAbsent(key, owner);
                require(
                        former == null || former.equals(owner),
                        "generation/partition %s belongs to %s and %s",
                        key,
                        former,
                        owner);
            }
        }
    }

    /// A commit is accepted only in the present generation, from a member of it.
    static final class CommitsAreFenced implements Check {
        private final Map<OffsetCommitRequestData, Boolean> mustFail = new java.util.IdentityHashMap<>();

        @Override
        public void onRequest(GroupSimulation simulation, ApiMessage request) {
            if (request instanceof OffsetCommitRequestData commit) {
                ClassicGroup group = simulation.core.state().group(simulation.groupId);
                boolean mayCommit = group != null
                        && group.generationId() == commit.generationIdOrMemberEpoch()
                        && group.hasMember(commit.memberId());
                mustFail.put(commit, !mayCommit);
            }
        }

        @Override
        public void onResponse(GroupSimulation simulation, ApiMessage request, @Nullable ApiMessage response) {
            if (response instanceof OffsetCommitResponseData answer) {
                boolean accepted =
                        answer.topics().getFirst().partitions().getFirst().errorCode() == Errors.NONE.code();
                boolean stale = Boolean.TRUE.equals(mustFail.remove((OffsetCommitRequestData) request));
                require(!(accepted && stale), "a stale commit was accepted: %s", request);
            }
        }
    }

    /// The generation in the log never goes back while the group lives.
    static final class GenerationsGrow implements Check {
        private int seen;
        private int generationId;

        @Override
        public void afterStep(GroupSimulation simulation) {
            for (; seen < simulation.log.size(); seen++) {
                if (simulation.log.get(seen) instanceof GroupRecord.GroupMetadata metadata) {
                    int next = metadata.value() == null ? 0 : metadata.value().generationId();
                    require(
                            metadata.value() == null || next >= generationId,
                            "generation %d after %d",
                            next,
                            generationId);
                    generationId = next;
                }
            }
        }
    }

    /// A dynamic member is in a generation only if it joined for it.
    static final class WhoIsInHasJoined implements Check {
        private final Set<String> joined = new HashSet<>();

        @Override
        public void onResponse(GroupSimulation simulation, ApiMessage request, @Nullable ApiMessage response) {
            if (response instanceof JoinGroupResponseData join && join.errorCode() == 0) {
                joined.add(join.generationId() + "/" + join.memberId());
            }
        }

        @Override
        public void afterStep(GroupSimulation simulation) {
            ClassicGroup group = simulation.core.state().group(simulation.groupId);
            if (group == null || !group.isIn(GroupState.COMPLETING_REBALANCE)) {
                return;
            }
            for (Member member : group.members()) {
                require(
                        member.isStatic() || joined.contains(group.generationId() + "/" + member.memberId()),
                        "%s did not join generation %d",
                        member.memberId(),
                        group.generationId());
            }
        }
    }

    /// What the group counts is what is there, and a phase that waits for something has a timer.
    static final class BooksBalance implements Check {
        @Override
        public void afterStep(GroupSimulation simulation) {
            ClassicGroup group = simulation.core.state().group(simulation.groupId);
            if (group == null) {
                return;
            }
            long awaiting =
                    group.members().stream().filter(Member::isAwaitingJoin).count();
            require(awaiting == group.awaitingJoinCount(), "%d joins are parked", awaiting);
            require(
                    group.isIn(GroupState.EMPTY) == group.members().isEmpty()
                            || group.isIn(GroupState.PREPARING_REBALANCE),
                    "%s with %d members",
                    group.state(),
                    group.members().size());
            String leaderId = group.leaderId();
            require(leaderId == null || group.hasMember(leaderId), "the leader is not a member");
            require(
                    !group.isIn(GroupState.PREPARING_REBALANCE)
                            || simulation.core.state().timers().isScheduled(Timers.Key.join(group.groupId())),
                    "a join phase without an end");
            for (Member member : group.members()) {
                require(
                        member.isAliveWithoutHeartbeat()
                                || simulation
                                        .core
                                        .state()
                                        .timers()
                                        .isScheduled(Timers.Key.session(group.groupId(), member.memberId())),
                        "member %s can never expire",
                        member.memberId());
            }
        }
    }

    /// What a client was told is committed is what the log says, unless a later commit came.
    static final class AcknowledgedCommitsStay implements Check {
        private final Map<Integer, Long> acknowledged = new HashMap<>();

        @Override
        public void onResponse(GroupSimulation simulation, ApiMessage request, @Nullable ApiMessage response) {
            if (response instanceof OffsetCommitResponseData answer
                    && answer.topics().getFirst().partitions().getFirst().errorCode() == 0) {
                var partition = ((OffsetCommitRequestData) request)
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst();
                acknowledged.put(partition.partitionIndex(), partition.committedOffset());
                boolean isInLog = simulation.log.stream()
                        .anyMatch(record -> record instanceof GroupRecord.OffsetCommit commit
                                && commit.partition() == partition.partitionIndex()
                                && commit.value() != null
                                && commit.value().offset() == partition.committedOffset());
                require(isInLog, "acknowledged before it was in the log: %s", partition);
            }
        }

        @Override
        public void atEnd(GroupSimulation simulation) {
            acknowledged.forEach((partition, offset) -> {
                CommittedOffset present = simulation.core.state().offsets().get(simulation.groupId, "topic", partition);
                require(present != null, "partition %d lost its offset", partition);
            });
        }
    }

    /// After the chaos everybody who is there is in one stable generation that owns every partition.
    static final class Progress implements Check {
        @Override
        public void atEnd(GroupSimulation simulation) {
            List<SimulatedMember> running = simulation.members.stream()
                    .filter(SimulatedMember::isRunning)
                    .toList();
            ClassicGroup group = simulation.core.state().group(simulation.groupId);
            if (running.isEmpty()) {
                require(group == null || group.isIn(GroupState.EMPTY), "members of nobody");
                return;
            }
            require(group != null && group.isIn(GroupState.STABLE), "%d members, but not stable", running.size());
            int generationId = group == null ? -1 : group.generationId();
            int owned = 0;
            for (SimulatedMember member : running) {
                require(
                        member.isStable() && member.generationId() == generationId,
                        "member %s is not in generation %d",
                        member.memberId(),
                        generationId);
                owned += member.owned().size();
            }
            require(owned == GroupSimulation.PARTITION_COUNT, "%d partitions are owned", owned);
        }
    }
}
