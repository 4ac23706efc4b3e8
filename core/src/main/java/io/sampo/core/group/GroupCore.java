package io.sampo.core.group;

import io.sampo.core.partition.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.Errors;

/// Decides for all groups of one partition of `__consumer_offsets`. Deterministic: no clock, no I/O, no randomness
/// but the ids it is given. One instance lives for one leader epoch: it is filled by [#replay] from the log,
/// started by [#loaded], and thrown away when leadership ends.
///
/// Each request gives a [Decision]; see there for what the caller owes. Requests that wait for others (JoinGroup,
/// SyncGroup) are answered in the decision of a later step. Timers are values: [#nextDeadlineMs], [#onTimers].
///
/// Not thread-safe.
public final class GroupCore {
    private final CoordinatorState state = new CoordinatorState();
    private final GroupSettings settings;
    private final Rebalance rebalance;
    private final JoinRule joinRule;
    private final SyncRule syncRule;
    private final LeaveRule leaveRule;
    private final OffsetCommitRule commitRule;
    private final OffsetFetchRule fetchRule;
    private final RemovalRule removalRule;
    private final ExpiryRule expiryRule;
    private final QueryRule queryRule;

    /// @param uniqueIds tails of new member ids; must never repeat, also after a restart (Kafka uses random UUIDs)
    public GroupCore(GroupSettings settings, Supplier<String> uniqueIds) {
        this(settings, uniqueIds, new RuleBook());
    }

    /// For tests that put a wrong rule in the place of a right one.
    GroupCore(GroupSettings settings, Supplier<String> uniqueIds, RuleBook rules) {
        this.settings = settings;
        this.rebalance = rules.rebalance(state, settings);
        this.joinRule = new JoinRule(state, settings, rebalance, uniqueIds);
        this.syncRule = new SyncRule(state, rebalance);
        this.leaveRule = new LeaveRule(state, rebalance);
        this.commitRule = rules.commitRule(state, settings, rebalance);
        this.fetchRule = new OffsetFetchRule(state);
        this.removalRule = new RemovalRule(state);
        this.expiryRule = new ExpiryRule(state, settings);
        this.queryRule = new QueryRule(state);
    }

    /// A record of the log, in order, before [#loaded].
    public void replay(GroupRecord record) {
        state.replay(record);
    }

    /// The log has been read. Sessions start anew at full length, as nobody knows how much of them had passed.
    public Decision loaded(long nowMs) {
        return step(nowMs, turn -> {
            for (ClassicGroup group : List.copyOf(state.groups())) {
                group.members().forEach(member -> rebalance.scheduleSession(turn, group, member));
                if (group.members().size() > settings.groupMaxSize()) {
                    rebalance.prepare(turn, group);
                }
            }
        });
    }

    public Decision join(Caller caller, JoinGroupRequestData request, long nowMs) {
        return step(nowMs, turn -> joinRule.join(turn, caller, request));
    }

    public Decision sync(Caller caller, SyncGroupRequestData request, long nowMs) {
        return step(nowMs, turn -> syncRule.sync(turn, caller, request));
    }

    public Decision heartbeat(Caller caller, HeartbeatRequestData request, long nowMs) {
        return step(nowMs, turn -> syncRule.heartbeat(turn, caller, request));
    }

    public Decision leave(Caller caller, LeaveGroupRequestData request, long nowMs) {
        return step(nowMs, turn -> leaveRule.leave(turn, caller, request));
    }

    public Decision commitOffsets(Caller caller, OffsetCommitRequestData request, long nowMs) {
        return step(nowMs, turn -> commitRule.commit(turn, caller, request));
    }

    /// @param request of one group; `topics` null means all. Answered with an `OffsetFetchResponseData` of one
    ///     group
    public Decision fetchOffsets(Caller caller, OffsetFetchRequestGroup request, long nowMs) {
        return step(nowMs, turn -> fetchRule.fetch(turn, caller, request));
    }

    public Decision deleteOffsets(Caller caller, OffsetDeleteRequestData request, long nowMs) {
        return step(nowMs, turn -> removalRule.deleteOffsets(turn, caller, request));
    }

    public Decision deleteGroups(Caller caller, List<String> groupIds, long nowMs) {
        return step(nowMs, turn -> removalRule.deleteGroups(turn, caller, groupIds));
    }

    public Decision describe(Caller caller, List<String> groupIds, long nowMs) {
        return step(nowMs, turn -> queryRule.describe(turn, caller, groupIds));
    }

    public Decision list(Caller caller, ListGroupsRequestData request, long nowMs) {
        return step(nowMs, turn -> queryRule.list(turn, caller, request));
    }

    /// Topics are gone: so are the positions in them.
    public Decision topicsDeleted(Set<String> topics, long nowMs) {
        return step(nowMs, turn -> removalRule.topicsDeleted(turn, topics));
    }

    /// When [#onTimers] must be called at the latest; empty when nothing waits for time.
    public OptionalLong nextDeadlineMs() {
        return state.timers().nextDeadlineMs();
    }

    /// Fires what is due, one decision per timer.
    public List<Decision> onTimers(long nowMs) {
        List<Decision> decisions = new ArrayList<>();
        for (Timers.Timer due = state.timers().pollDue(nowMs);
                due != null;
                due = state.timers().pollDue(nowMs)) {
            Timers.Action action = due.action();
            decisions.add(step(nowMs, action::fire));
        }
        return decisions;
    }

    /// The records of the decision and of all earlier ones are committed.
    public Decision committed(Decision decision, long nowMs) {
        return complete(decision, Errors.NONE, nowMs);
    }

    /// Takes back what the decision did to the state. For decisions whose records certainly are not in the log,
    /// youngest first.
    public void revert(Decision decision) {
        List<Runnable> undo = decision.undo();
        for (int i = undo.size() - 1; i >= 0; i--) {
            undo.get(i).run();
        }
    }

    /// After [#revert] of all that failed: tells those who wait.
    ///
    /// @param appendError of the log; clients get what [#clientError] makes of it
    public Decision appendFailed(Decision decision, Errors appendError, long nowMs) {
        Invariant.check(appendError != Errors.NONE, "a failure needs an error");
        return complete(decision, clientError(appendError), nowMs);
    }

    private Decision complete(Decision decision, Errors error, long nowMs) {
        Decision.Completion completion = decision.completion();
        return completion == null ? Decision.NOTHING : step(nowMs, turn -> completion.completed(turn, error));
    }

    /// What a client of the group APIs is told when the log refuses its records: either to look for the coordinator
    /// again, or to retry.
    public static Errors clientError(Errors appendError) {
        return switch (appendError) {
            case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT ->
                Errors.COORDINATOR_NOT_AVAILABLE;
            case NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, KAFKA_STORAGE_ERROR -> Errors.NOT_COORDINATOR;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE -> Errors.UNKNOWN_SERVER_ERROR;
            default -> appendError;
        };
    }

    /// For tests and tools in this package: what the core knows.
    CoordinatorState state() {
        return state;
    }

    private Decision step(long nowMs, Consumer<Turn> rule) {
        Turn turn = new Turn(state, nowMs);
        rule.accept(turn);
        expiryRule.ensureScheduled(nowMs);
        return turn.decision();
    }
}
