package io.sampo.actors.partition;

import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaPersistence;
import java.util.List;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotProtocol;

/// Stores checkpoints of one replica while it goes on working. (A snapshot that EventSourcedBehavior takes itself
/// would hold back all commands, and the acknowledgements of the last persist, until it is on disk.)
///
/// Belongs to its replica's thread.
final class CheckpointWriter {

    /// Recovery reads so many control events without noticing; no checkpoint for less.
    private static final int FEW_EVENTS = 64;

    private final ActorContext<Replica.Command> context;
    private final String persistenceId;
    private final long checkpointBytes;
    private final ActorRef replyTo;

    /// Of the last event that is persisted, as the checkpoints name it.
    private long sequenceNumber;

    private long bytesSince;
    private int eventsSince;
    private boolean storing;

    CheckpointWriter(ActorContext<Replica.Command> context, String persistenceId, long checkpointBytes) {
        this.context = context;
        this.persistenceId = persistenceId;
        this.checkpointBytes = checkpointBytes;
        this.replyTo =
                Adapter.toClassic(context.messageAdapter(SnapshotProtocol.Response.class, CheckpointWriter::toCommand));
    }

    private static Replica.Command toCommand(SnapshotProtocol.Response response) {
        return new Replica.CheckpointStored(response instanceof SaveSnapshotFailure failed ? failed.cause() : null);
    }

    /// @param lastSequenceNumber of the last event that recovery read
    void recovered(long lastSequenceNumber) {
        sequenceNumber = lastSequenceNumber;
    }

    void persisted(List<ReplicaEvent> events) {
        sequenceNumber += events.size();
        eventsSince += events.size();
        for (ReplicaEvent event : events) {
            if (event instanceof ReplicaEvent.BatchAppended appended) {
                bytesSince += appended.header().sizeInBytes();
            }
        }
    }

    boolean isDue() {
        return !storing && bytesSince >= checkpointBytes;
    }

    boolean mayStore() {
        return !storing;
    }

    /// True when a checkpoint would shorten the next recovery.
    boolean isWorthwhile() {
        return bytesSince > 0 || eventsSince >= FEW_EVENTS;
    }

    /// Stores what the core holds now, no persist being outstanding. The answer comes as [Replica.CheckpointStored].
    void store(ReplicaCore core, long nowMs) {
        storing = true;
        bytesSince = 0;
        eventsSince = 0;
        Persistence.get(context.getSystem())
                .snapshotStoreFor(ReplicaPersistence.SNAPSHOT_PLUGIN_ID, com.typesafe.config.ConfigFactory.empty())
                .tell(
                        new SnapshotProtocol.SaveSnapshot(
                                new SnapshotMetadata(persistenceId, sequenceNumber, nowMs), core.checkpoint()),
                        replyTo);
    }

    void stored() {
        storing = false;
    }
}
