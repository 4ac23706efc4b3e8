package io.sampo.core.simulation;

import io.sampo.core.group.Caller;
import io.sampo.core.group.Decision;
import io.sampo.core.group.GroupCore;
import io.sampo.core.group.GroupRecord;
import io.sampo.core.group.GroupRecordFormat;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.group.Reply;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/// The production [GroupCore] on top of a leading replica, for one of its epochs: filled from what is committed when
/// the replica becomes active, thrown away when the epoch or anything else of it ends. One batch is under way at a
/// time.
final class SimulatedCoordinator {
    private static final short API_VERSION = 8;

    private final ReplicaShell shell;
    final int leaderEpoch;
    private @Nullable GroupCore core;
    private final Map<Long, Consumer<@Nullable ApiMessage>> waiting = new TreeMap<>();
    private final List<Decision> gathered = new ArrayList<>();
    private boolean underWay;
    private long nextRequestId;

    SimulatedCoordinator(ReplicaShell shell, int leaderEpoch) {
        this.shell = shell;
        this.leaderEpoch = leaderEpoch;
    }

    /// Reading takes a while; meanwhile nobody is served.
    void start() {
        shell.node.after(shell, shell.node.diskDelayUs(), () -> {
            if (isCurrent()) {
                load();
            }
        });
    }

    private boolean isCurrent() {
        return shell.coordinator == this && shell.activeEpoch == leaderEpoch;
    }

    private void load() {
        ReadView view = shell.view;
        if (view == null) {
            return;
        }
        long[] ids = {leaderEpoch * 1_000_000L};
        GroupCore filled = new GroupCore(GroupSettings.DEFAULTS, () -> Long.toString(ids[0]++));
        for (StoredBatch stored : shell.node.disk.log()) {
            if (stored.nextOffset() <= view.highWatermark() && !stored.header().hasProducerId()) {
                for (Record record : StoredBatch.bytes(stored.batch()).records()) {
                    if (record.hasKey()) {
                        GroupRecordFormat.parse(record.key(), record.value()).ifPresent(filled::replay);
                    }
                }
            }
        }
        core = filled;
        carryOut(filled.loaded(shell.node.nowMs()));
        flush();
    }

    // ---- requests --------------------------------------------------------------------------------------------

    /// @param answer gets null when this is not the coordinator, or not yet
    void commit(OffsetCommitRequestData request, Consumer<@Nullable ApiMessage> answer) {
        GroupCore serving = core;
        if (serving == null || !isCurrent()) {
            answer.accept(null);
            return;
        }
        carryOut(serving.commitOffsets(caller(answer), request, shell.node.nowMs()));
        flush();
    }

    void ask(GroupClient.Question question) {
        shell.step(new ReplicaInput.ReadBarrier(question));
    }

    /// Asked after a read barrier only.
    void fetch(OffsetFetchRequestGroup request, Consumer<@Nullable ApiMessage> answer) {
        GroupCore serving = core;
        if (serving == null || !isCurrent()) {
            answer.accept(null);
            return;
        }
        carryOut(serving.fetchOffsets(caller(answer), request, shell.node.nowMs()));
        flush();
    }

    private Caller caller(Consumer<@Nullable ApiMessage> answer) {
        long requestId = nextRequestId++;
        waiting.put(requestId, answer);
        return new Caller(requestId, API_VERSION, "client", "host");
    }

    // ---- decisions -------------------------------------------------------------------------------------------

    private void carryOut(Decision decision) {
        decision.replies().forEach(this::reply);
        if (decision.isImmediate()) {
            return;
        }
        if (decision.records().isEmpty() && gathered.isEmpty() && !underWay) {
            decision.repliesOnceCommitted().forEach(this::reply);
        } else {
            gathered.add(decision);
        }
    }

    private void reply(Reply reply) {
        Consumer<@Nullable ApiMessage> answer = waiting.remove(reply.requestId());
        if (answer != null) {
            answer.accept(reply.response());
        }
    }

    private void flush() {
        if (underWay || gathered.isEmpty() || !isCurrent()) {
            return;
        }
        List<Decision> decisions = List.copyOf(gathered);
        gathered.clear();
        List<SimpleRecord> records = new ArrayList<>();
        for (Decision decision : decisions) {
            for (GroupRecord record : decision.records()) {
                records.add(new SimpleRecord(1_000, GroupRecordFormat.key(record), GroupRecordFormat.value(record)));
            }
        }
        if (records.isEmpty()) {
            decisions.forEach(this::committed);
            return;
        }
        underWay = true;
        CoordinatorAppend append = new CoordinatorAppend(
                this, decisions, MemoryRecords.withRecords(Compression.NONE, records.toArray(SimpleRecord[]::new)));
        // Not in the middle of what the replica is about to carry out.
        shell.node.after(shell, 1, () -> shell.request(append));
    }

    private void committed(Decision decision) {
        GroupCore serving = core;
        if (serving != null) {
            decision.repliesOnceCommitted().forEach(this::reply);
            carryOut(serving.committed(decision, shell.node.nowMs()));
        }
    }

    void completed(CoordinatorAppend append, AppendOutcome outcome) {
        underWay = false;
        if (outcome.error() == Errors.NONE) {
            append.decisions().forEach(this::committed);
            flush();
            return;
        }
        // What became of the records only the log can tell.
        retire();
        if (shell.activeEpoch == leaderEpoch && shell.coordinator == this) {
            shell.coordinator = new SimulatedCoordinator(shell, leaderEpoch);
            shell.coordinator.start();
        }
    }

    /// Nobody is served any more.
    void retire() {
        core = null;
        gathered.clear();
        List<Consumer<@Nullable ApiMessage>> left = List.copyOf(waiting.values());
        waiting.clear();
        left.forEach(answer -> answer.accept(null));
    }
}
