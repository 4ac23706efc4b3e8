package io.sampo.actors.group;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.group.Caller;
import io.sampo.core.group.Decision;
import io.sampo.core.group.GroupCore;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.partition.AppendOutcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Hosts the core of one led partition of `__consumer_offsets`, for one leader epoch: loads it from the log, asks
/// it, appends what it decides, answers when that is committed.
///
/// ```
/// loading --loaded--> serving --append of unknown fate, or a bug--> loading (after a pause)
///    |                   |
///    +----- retired by GroupCoordinators when leadership ends: everybody gets NOT_COORDINATOR
/// ```
/// An idle coordinator has no timer and holds no thread.
public final class GroupCoordinator {

    public sealed interface Command {}

    /// A request of a client.
    ///
    /// @param afterBarrier it is answered from what is known here, so first a majority has to say that nobody else
    ///     has become the coordinator; requests that write need not ask, their commit shows it
    public record Ask(
            GroupQuestion question,
            boolean afterBarrier,
            short apiVersion,
            String clientId,
            String clientHost,
            GroupReply replyTo)
            implements Command {}

    /// The leader answered whether it still led after `ask` had come.
    ///
    /// @param requestId under which its reply waits
    private record Confirmed(long requestId, Ask ask, Errors error) implements Command {}

    /// Topics were deleted; their offsets go too.
    public record TopicsDeleted(Set<String> topics) implements Command {}

    private record Loaded(
            @Nullable GroupCore core, @Nullable Throwable failure) implements Command {}

    private record Appended(GroupLog log, AppendOutcome outcome) implements Command {}

    /// Leadership has ended.
    enum Retire implements Command {
        NOW
    }

    private enum Internal implements Command {
        LOAD,
        STOP,
        TIMER,
        COMMIT_TIMEOUT
    }

    /// What all coordinators of a node share.
    ///
    /// @param clock milliseconds; must not jump (see [SteadyClock])
    /// @param uniqueIds tails of member ids; any thread
    /// @param maxBatchBytes `max.message.bytes` of `__consumer_offsets`, which may change; any thread
    /// @param compression `offsets.topic.compression.codec`: of the batches that coordinators write
    /// @param loadDispatcher config path of a dispatcher that may block
    public record Environment(
            GroupSettings settings,
            LongSupplier clock,
            Supplier<String> uniqueIds,
            IntSupplier maxBatchBytes,
            CompressionType compression,
            String loadDispatcher) {}

    /// Pause before the log is read again after something went wrong.
    private static final Duration RELOAD_PAUSE = Duration.ofSeconds(1);

    private static final Duration LINGER = Duration.ofSeconds(30);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final LeaderHandle leader;
    private final Environment environment;
    private final GroupSettings settings;
    private final Map<Long, GroupReply> waiting = new HashMap<>();
    private GroupLoader loader;
    private GroupLog log;
    /// Null while loading.
    private @Nullable GroupCore core;

    private long nextRequestId;
    private long timerDeadlineMs = Long.MAX_VALUE;
    private boolean commitTimeoutScheduled;
    private boolean retired;

    private GroupCoordinator(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            LeaderHandle leader,
            Environment environment) {
        this.context = context;
        context.setLoggerName(GroupCoordinator.class);
        this.timers = timers;
        this.leader = leader;
        this.environment = environment;
        this.settings = environment.settings();
        this.loader = new GroupLoader(leader);
        this.log = newLog();
    }

    static Behavior<Command> create(LeaderHandle leader, Environment environment) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            GroupCoordinator coordinator = new GroupCoordinator(context, timers, leader, environment);
            coordinator.load();
            return Behaviors.receive(Command.class)
                    .onAnyMessage(coordinator::onCommand)
                    .onSignal(PostStop.class, _ -> coordinator.onStop())
                    .build();
        }));
    }

    private Behavior<Command> onCommand(Command command) {
        if (command == Internal.STOP) {
            return Behaviors.stopped();
        }
        try {
            switch (command) {
                case Ask ask -> onAsk(ask);
                case Confirmed confirmed -> onConfirmed(confirmed);
                case TopicsDeleted deleted -> onTopicsDeleted(deleted);
                case Loaded loaded -> onLoaded(loaded);
                case Appended appended -> onAppended(appended);
                case Retire.NOW -> retire();
                case Internal.LOAD -> load();
                case Internal.STOP -> {}
                case Internal.TIMER -> onTimer();
                case Internal.COMMIT_TIMEOUT -> onCommitTimeout();
            }
        } catch (RuntimeException bug) {
            context.getLog().error("{}: group coordinator starts over from its log", leader.id(), bug);
            startOver(Errors.NOT_COORDINATOR);
        }
        return Behaviors.same();
    }

    /// Requests may be on their way here still, and each must be answered: so it lingers a while before it stops.
    private void retire() {
        retired = true;
        loader.cancel();
        forget(Errors.NOT_COORDINATOR);
        timers.startSingleTimer(Internal.STOP, Internal.STOP, LINGER);
    }

    private Behavior<Command> onStop() {
        loader.cancel();
        failAll(Errors.NOT_COORDINATOR);
        return Behaviors.same();
    }

    private void load() {
        GroupLoader loading = new GroupLoader(leader);
        loader = loading;
        Executor blocking =
                context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(environment.loadDispatcher()));
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        () -> loading.load(new GroupCore(settings, environment.uniqueIds())), blocking),
                (loaded, failure) -> new Loaded(loaded == null ? null : loaded.orElse(null), failure));
    }

    private void onLoaded(Loaded loaded) {
        if (retired) {
            return;
        }
        if (loaded.core() == null) {
            if (loaded.failure() != null) {
                context.getLog().error("{}: cannot load groups", leader.id(), loaded.failure());
                timers.startSingleTimer(Internal.LOAD, Internal.LOAD, RELOAD_PAUSE);
            }
            return;
        }
        core = loaded.core();
        carryOut(core, core.loaded(now()));
        settle(core);
    }

    private void onAsk(Ask ask) {
        GroupCore serving = core;
        if (serving == null) {
            ask.replyTo().failed(retired ? Errors.NOT_COORDINATOR : Errors.COORDINATOR_LOAD_IN_PROGRESS);
            return;
        }
        long requestId = nextRequestId++;
        waiting.put(requestId, ask.replyTo());
        if (ask.afterBarrier() && !leader.leadsAlone()) {
            leader.barrier((error, _) -> context.getSelf().tell(new Confirmed(requestId, ask, error)));
        } else {
            decide(serving, requestId, ask);
        }
    }

    private void onConfirmed(Confirmed confirmed) {
        GroupCore serving = core;
        if (serving == null || !waiting.containsKey(confirmed.requestId())) {
            // Answered when the core was dropped.
            return;
        }
        if (confirmed.error() == Errors.NONE) {
            decide(serving, confirmed.requestId(), confirmed.ask());
        } else {
            fail(confirmed.requestId(), GroupCore.clientError(confirmed.error()));
        }
    }

    private void decide(GroupCore serving, long requestId, Ask ask) {
        Caller caller = new Caller(requestId, ask.apiVersion(), ask.clientId(), ask.clientHost());
        carryOut(serving, ask.question().ask(serving, caller, now()));
        settle(serving);
    }

    private void onTopicsDeleted(TopicsDeleted deleted) {
        if (core != null) {
            carryOut(core, core.topicsDeleted(deleted.topics(), now()));
            settle(core);
        }
    }

    private void onTimer() {
        timerDeadlineMs = Long.MAX_VALUE;
        if (core != null) {
            GroupCore serving = core;
            serving.onTimers(now()).forEach(decision -> carryOut(serving, decision));
            settle(serving);
        }
    }

    private void onAppended(Appended appended) {
        GroupCore serving = core;
        if (serving == null || appended.log() != log) {
            return;
        }
        Errors error = appended.outcome().error();
        if (error == Errors.NONE) {
            for (Decision complete : log.committed()) {
                complete.repliesOnceCommitted().forEach(reply -> answer(reply.requestId(), reply.response()));
                carryOut(serving, serving.committed(complete, now()));
            }
            settle(serving);
        } else if (isCertainlyNotInLog(error)) {
            log.failed()
                    .ifPresentOrElse(
                            failed -> takeBack(serving, failed, error), () -> startOver(GroupCore.clientError(error)));
        } else {
            // The records may still become committed: only the log can tell.
            startOver(GroupCore.clientError(error));
        }
    }

    private static boolean isCertainlyNotInLog(Errors error) {
        return switch (error) {
            case NOT_ENOUGH_REPLICAS, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP ->
                true;
            default -> false;
        };
    }

    /// Sends what may leave, and hands the rest to the log.
    private void carryOut(GroupCore serving, Decision decision) {
        decision.replies().forEach(reply -> answer(reply.requestId(), reply.response()));
        if (decision.isImmediate()) {
            return;
        }
        if (decision.records().isEmpty() && log.isIdle()) {
            decision.repliesOnceCommitted().forEach(reply -> answer(reply.requestId(), reply.response()));
        } else if (!log.offer(decision, now())) {
            takeBack(serving, List.of(decision), Errors.MESSAGE_TOO_LARGE);
        }
    }

    private void takeBack(GroupCore serving, List<Decision> failed, Errors error) {
        failed.reversed().forEach(serving::revert);
        for (Decision decision : failed) {
            decision.repliesOnceCommitted().forEach(reply -> fail(reply.requestId(), GroupCore.clientError(error)));
            carryOut(serving, serving.appendFailed(decision, error, now()));
        }
    }

    /// After each step: what was gathered goes out, and the timer is set.
    private void settle(GroupCore serving) {
        log.flush(now());
        OptionalLong deadline = serving.nextDeadlineMs();
        // A timer that fires too early costs one look; moving it at each heartbeat would cost more.
        if (deadline.isPresent() && deadline.getAsLong() < timerDeadlineMs) {
            timerDeadlineMs = deadline.getAsLong();
            timers.startSingleTimer(
                    Internal.TIMER, Internal.TIMER, Duration.ofMillis(Math.max(timerDeadlineMs - now(), 0)));
        }
        if (!log.isIdle() && !commitTimeoutScheduled) {
            commitTimeoutScheduled = true;
            timers.startSingleTimer(
                    Internal.COMMIT_TIMEOUT,
                    Internal.COMMIT_TIMEOUT,
                    Duration.ofMillis(settings.offsetsCommitTimeoutMs()));
        }
    }

    /// Clients are not kept waiting for a log that does not answer; its records stay on their way.
    private void onCommitTimeout() {
        commitTimeoutScheduled = false;
        if (log.isStuck(now(), settings.offsetsCommitTimeoutMs())) {
            Errors error = GroupCore.clientError(Errors.REQUEST_TIMED_OUT);
            log.waiting()
                    .forEach(decision ->
                            decision.repliesOnceCommitted().forEach(reply -> fail(reply.requestId(), error)));
        }
        if (core != null) {
            settle(core);
        }
    }

    private void startOver(Errors error) {
        if (!retired) {
            forget(error);
            timers.startSingleTimer(Internal.LOAD, Internal.LOAD, RELOAD_PAUSE);
        }
    }

    private void forget(Errors error) {
        core = null;
        log = newLog();
        timers.cancelAll();
        timerDeadlineMs = Long.MAX_VALUE;
        commitTimeoutScheduled = false;
        failAll(error);
    }

    private GroupLog newLog() {
        // The outcome names its log, so that one of an earlier life is not taken for one of this life.
        GroupLog[] self = new GroupLog[1];
        self[0] = new GroupLog(
                leader,
                environment.maxBatchBytes(),
                environment.compression(),
                outcome -> context.getSelf().tell(new Appended(self[0], outcome)));
        return self[0];
    }

    private void answer(long requestId, ApiMessage response) {
        GroupReply reply = waiting.remove(requestId);
        if (reply != null) {
            reply.answered(response);
        }
    }

    private void fail(long requestId, Errors error) {
        GroupReply reply = waiting.remove(requestId);
        if (reply != null) {
            reply.failed(error);
        }
    }

    private void failAll(Errors error) {
        List<GroupReply> all = List.copyOf(waiting.values());
        waiting.clear();
        all.forEach(reply -> reply.failed(error));
    }

    private long now() {
        return environment.clock().getAsLong();
    }
}
