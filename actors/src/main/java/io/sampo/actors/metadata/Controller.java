package io.sampo.actors.metadata;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.Decision;
import io.sampo.core.metadata.MetadataDelta;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataRecordCodec;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Serves changes of metadata while this node leads `__cluster_metadata-0`.
///
/// On leadership it reads the log and builds the image; then each command is decided against everything decided
/// before (committed or not), its records are appended as one batch, and once that is committed the image is
/// published and the answer given. So commands are pipelined, and nobody sees what is not committed. When an append
/// fails or leadership ends, all that waits fails with NOT_CONTROLLER and the state is dropped; it is read again
/// with the next leadership (replication.md 3.1).
///
/// Reads files when it loads: spawn it with `DispatcherSelector.blocking()`.
public final class Controller {
    /// The partition whose leader is the controller.
    public static final PartitionId METADATA_PARTITION = new PartitionId(Uuid.METADATA_TOPIC_ID, 0);

    private static final Duration RELOAD_DELAY = Duration.ofMillis(200);

    public sealed interface Command {}

    /// @param answer completed on the controller's thread; fails with [StandingBy] when nothing was decided
    record Submit<R>(ControllerCommand<R> command, CompletableFuture<R> answer) implements Command {}

    private record Started(LeaderHandle leader) implements Command {}

    private record Ended(int leaderEpoch) implements Command {}

    private record Appended(Tenure tenure, AppendOutcome outcome) implements Command {}

    /// This node is not the controller, or not yet.
    static final class StandingBy extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /// @param liveNodes ids of the nodes that may get replicas, given the newest image
    /// @param maxPendingCommands commands that may wait for their commit
    /// @param maxBatchBytes largest batch of one command
    public record Settings(
            Function<MetadataImage, SortedSet<Integer>> liveNodes, int maxPendingCommands, int maxBatchBytes) {}

    /// One command on its way to its commit.
    ///
    /// @param image after it; null when it changes nothing
    private record Pending<R>(
            CompletableFuture<R> answer,
            R response,
            @Nullable MetadataImage image) {
        void complete() {
            answer.complete(response);
        }
    }

    /// The time between the start and the end of one leadership.
    private static final class Tenure {
        final LeaderHandle leader;
        final ArrayDeque<Pending<?>> pending = new ArrayDeque<>();
        MetadataImage newest;
        boolean over;

        Tenure(LeaderHandle leader, MetadataImage loaded) {
            this.leader = leader;
            this.newest = loaded;
        }
    }

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ControllerCore core;
    private final MetadataPublisher publisher;
    private final Settings settings;
    private @Nullable Tenure tenure;

    private Controller(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ControllerCore core,
            MetadataPublisher publisher,
            Settings settings) {
        this.context = context;
        this.timers = timers;
        this.core = core;
        this.publisher = publisher;
        this.settings = settings;
    }

    public static Behavior<Command> create(
            LeaderDirectory directory, ControllerCore core, MetadataPublisher publisher, Settings settings) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            directory.subscribe(Topic.CLUSTER_METADATA_TOPIC_NAME, new LeaderDirectory.LeadershipListener() {
                @Override
                public void started(LeaderHandle leader) {
                    context.getSelf().tell(new Started(leader));
                }

                @Override
                public void ended(PartitionId id, int leaderEpoch) {
                    context.getSelf().tell(new Ended(leaderEpoch));
                }
            });
            directory
                    .local(METADATA_PARTITION)
                    .ifPresent(leader -> context.getSelf().tell(new Started(leader)));
            Controller controller = new Controller(context, timers, core, publisher, settings);
            return Behaviors.receiveMessage(controller::onCommand);
        }));
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Started started -> onStarted(started.leader());
            case Ended ended -> onEnded(ended.leaderEpoch());
            case Appended appended -> onAppended(appended);
            case Submit<?> submit -> onSubmit(submit);
        }
        return Behaviors.same();
    }

    private void onStarted(LeaderHandle leader) {
        Tenure current = tenure;
        if (!leader.id().equals(METADATA_PARTITION)
                || (current != null && current.leader.leaderEpoch() >= leader.leaderEpoch())) {
            return;
        }
        if (current != null) {
            end(current);
        }
        ReadView view = leader.view();
        if (view.highWatermark() < view.logEndOffset()) {
            // An older leader's tail: committed with this epoch's marker, or soon. Not before is the image complete.
            timers.startSingleTimer("load", new Started(leader), RELOAD_DELAY);
            return;
        }
        MetadataImage loaded;
        try {
            loaded = MetadataLoader.load(leader.log(), view.logStartOffset(), view.highWatermark());
        } catch (RuntimeException e) {
            context.getLog().error("The metadata log cannot be read; this node does not serve as controller", e);
            return;
        }
        context.getLog()
                .info(
                        "Controller of epoch {}: {} topics, {} nodes at offset {}",
                        leader.leaderEpoch(),
                        loaded.topics().size(),
                        loaded.nodes().size(),
                        loaded.offset());
        tenure = new Tenure(leader, loaded);
        publisher.publish(loaded);
    }

    private void onEnded(int leaderEpoch) {
        timers.cancel("load");
        Tenure current = tenure;
        if (current != null && current.leader.leaderEpoch() <= leaderEpoch) {
            end(current);
        }
    }

    private void end(Tenure ending) {
        ending.over = true;
        tenure = null;
        NotControllerException reason =
                new NotControllerException("Leadership of the metadata ended; the outcome is not known.");
        ending.pending.forEach(pending -> pending.answer().completeExceptionally(reason));
        ending.pending.clear();
    }

    private <R> void onSubmit(Submit<R> submit) {
        Tenure current = tenure;
        if (current == null) {
            submit.answer().completeExceptionally(new StandingBy());
            return;
        }
        if (current.pending.size() >= settings.maxPendingCommands()) {
            fail(submit, new ThrottlingQuotaExceededException("Too many changes of metadata wait; try again."));
            return;
        }
        MetadataImage before = current.newest;
        Decision<R> decision;
        try {
            decision =
                    core.decide(before, submit.command(), settings.liveNodes().apply(before));
        } catch (RuntimeException e) {
            context.getLog()
                    .error("Deciding {} failed", submit.command().getClass().getSimpleName(), e);
            fail(submit, new UnknownServerException("The change failed; see the log of the controller."));
            return;
        }
        if (decision.records().isEmpty()) {
            answer(current, new Pending<>(submit.answer(), decision.response(), null));
        } else {
            append(current, submit, decision);
        }
    }

    private <R> void append(Tenure current, Submit<R> submit, Decision<R> decision) {
        decision.warnings().forEach(context.getLog()::warn);
        MemoryRecords batch = MetadataRecordCodec.toBatch(
                decision.records(), current.newest.offset() + 1, System.currentTimeMillis());
        if (batch.sizeInBytes() > settings.maxBatchBytes()) {
            fail(submit, new PolicyViolationException("The request changes too much at once; divide it."));
            return;
        }
        long offset = current.newest.offset() + decision.records().size();
        MetadataImage after = MetadataDelta.apply(current.newest, decision.records(), offset);
        current.newest = after;
        current.pending.add(new Pending<>(submit.answer(), decision.response(), after));
        current.leader.append(new Append(
                batch,
                Append.Origin.COORDINATOR,
                (short) -1,
                outcome -> context.getSelf().tell(new Appended(current, outcome))));
    }

    /// An answer that changes nothing may still rest on what is not committed: it waits for that.
    private static void answer(Tenure current, Pending<?> pending) {
        if (current.pending.isEmpty()) {
            pending.complete();
        } else {
            current.pending.add(pending);
        }
    }

    private void onAppended(Appended appended) {
        Tenure current = appended.tenure();
        if (current.over) {
            return;
        }
        AppendOutcome outcome = appended.outcome();
        MetadataImage image = current.pending.element().image();
        if (outcome.error() != Errors.NONE || image == null || image.offset() != outcome.lastOffset()) {
            // A batch that landed behind one that failed is as lost as that: readers leave it out (isInPlace).
            context.getLog()
                    .warn(
                            "Metadata could not be written: {} {}; reading the log again",
                            outcome.error(),
                            outcome.message());
            end(current);
            // If this node still leads, what was decided but not written must be forgotten.
            timers.startSingleTimer("load", new Started(current.leader), RELOAD_DELAY);
            return;
        }
        Pending<?> committed = current.pending.remove();
        publisher.publish(image);
        committed.complete();
        while (!current.pending.isEmpty() && current.pending.element().image() == null) {
            current.pending.remove().complete();
        }
    }

    private static void fail(Submit<?> submit, ApiException reason) {
        submit.answer().completeExceptionally(reason);
    }
}
