package io.sampo.core.simulation;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.ControllerTenure;
import io.sampo.core.metadata.ControllerTenure.Effect;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataMutants;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.ReadView;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// The production [ControllerCore] and [ControllerTenure] on top of a leading replica of the metadata
/// partition, for one of its epochs: filled from what is committed, thrown away when the epoch or anything else
/// of it ends.
final class SimulatedController {
    private static final int MAX_PENDING = 20;
    private static final int MAX_BATCH_BYTES = 100_000;
    private static final long RELOAD_DELAY_US = 200_000;
    private static final ControllerCore CORE = new ControllerCore(BrokerConfig.parse(Map.of()));

    /// @param response null: the controller gave none
    /// @param unknown whether something may have been decided all the same
    /// @param offset of the image that the response rests on
    record Outcome(@Nullable Object response, boolean unknown, long offset) {
        static final Outcome NOTHING_DECIDED = new Outcome(null, false, -1);
    }

    private record Batch(
            SimulatedController controller, ControllerTenure<Consumer<Outcome>> tenure, MemoryRecords records)
            implements EpochBoundAppend {

        @Override
        public int leaderEpoch() {
            return controller.leaderEpoch;
        }

        @Override
        public void completed(AppendOutcome outcome) {
            controller.completed(tenure, outcome);
        }
    }

    private final World world;
    private final ReplicaShell shell;
    private final ClusterImages images;
    private final int leaderEpoch;
    private @Nullable ControllerTenure<Consumer<Outcome>> tenure;
    private long lastOutcomeUs;

    SimulatedController(ReplicaShell shell, ClusterImages images, int leaderEpoch) {
        this.world = shell.world;
        this.shell = shell;
        this.images = images;
        this.leaderEpoch = leaderEpoch;
    }

    boolean isOf(int epoch) {
        return leaderEpoch == epoch;
    }

    /// Reading takes a while; meanwhile nobody is served.
    void start() {
        shell.node.after(shell, shell.node.diskDelayUs(), () -> shell.guarded(this::load));
    }

    private boolean isCurrent() {
        return shell.controller == this && shell.activeEpoch == leaderEpoch;
    }

    private void load() {
        ReadView view = shell.view;
        if (!isCurrent() || view == null || tenure != null) {
            return;
        }
        if (view.highWatermark() < view.logEndOffset()) {
            // A tail that is not committed yet. Not before is the image complete.
            shell.node.after(shell, RELOAD_DELAY_US, () -> shell.guarded(this::load));
            return;
        }
        MetadataImage loaded = images.read(shell.node, view.logStartOffset(), view.highWatermark());
        images.publish(shell.node, loaded);
        images.tenures++;
        tenure = MetadataMutants.tenure(CORE, loaded, MAX_PENDING, MAX_BATCH_BYTES, world.scenario.planted());
    }

    void submit(ControllerCommand<?> command, Consumer<Outcome> answer) {
        ControllerTenure<Consumer<Outcome>> serving = tenure;
        if (serving == null || !isCurrent()) {
            answer.accept(Outcome.NOTHING_DECIDED);
            return;
        }
        TreeSet<Integer> live = new TreeSet<>(serving.newest().nodes().keySet());
        carryOut(serving, serving.submit(answer, command, live, shell.node.nowMs()));
    }

    private void carryOut(ControllerTenure<Consumer<Outcome>> of, List<Effect<Consumer<Outcome>>> effects) {
        for (Effect<Consumer<Outcome>> effect : effects) {
            switch (effect) {
                case Effect.Append<Consumer<Outcome>> append -> {
                    Batch batch = new Batch(this, of, append.batch());
                    // Not in the middle of what the replica is about to carry out.
                    shell.node.after(shell, 1, () -> shell.request(batch));
                }
                case Effect.Publish<Consumer<Outcome>> publish -> images.publish(shell.node, publish.image());
                case Effect.Answer<Consumer<Outcome>> answer ->
                    answer.question()
                            .accept(new Outcome(
                                    answer.response(),
                                    false,
                                    images.of(shell.node).offset()));
                case Effect.Refuse<Consumer<Outcome>> refuse ->
                    refuse.question().accept(new Outcome(null, refuse.error() == Errors.NOT_CONTROLLER, -1));
                case Effect.Warn<Consumer<Outcome>> _ -> {}
                case Effect.ReadAgain<Consumer<Outcome>> _ -> {
                    images.reloads++;
                    tenure = null;
                    shell.node.after(shell, RELOAD_DELAY_US, () -> shell.guarded(this::load));
                }
            }
        }
    }

    /// The outcome waits in the controller's mailbox, behind those before.
    private void completed(ControllerTenure<Consumer<Outcome>> of, AppendOutcome outcome) {
        lastOutcomeUs = Math.max(lastOutcomeUs, world.agenda.nowUs() + images.mailboxDelayUs());
        shell.node.after(
                shell,
                lastOutcomeUs - world.agenda.nowUs(),
                () -> shell.guarded(() -> carryOut(of, of.appended(outcome))));
    }

    /// Nobody is served any more.
    void retire() {
        ControllerTenure<Consumer<Outcome>> ending = tenure;
        tenure = null;
        if (ending != null) {
            carryOut(ending, ending.end());
        }
    }
}
