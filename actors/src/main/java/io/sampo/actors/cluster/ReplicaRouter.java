package io.sampo.actors.cluster;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaMessage;
import io.sampo.core.partition.ReplicaTransport;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/// Which way a message between replicas takes: records and what acknowledges them over the replication connections,
/// everything else with the messages between nodes; and over the replication connections as well while the other
/// node
/// does not say that it hears those. The two ways fail apart: where records pass and votes do not, a partition
/// whose
/// leader gives up would have none for as long as that lasts. What comes twice does no harm.
///
/// Thread rule: any thread.
public final class ReplicaRouter implements ReplicaTransport {
    private final ReplicaTransport connections;
    private final Consumer<ReplicaEnvelope> control;
    private final IntPredicate hearsControl;

    /// @param control takes messages to the node's messenger
    /// @param hearsControl whether a node, by its id, says that it hears this node's messenger
    public ReplicaRouter(ReplicaTransport connections, Consumer<ReplicaEnvelope> control, IntPredicate hearsControl) {
        this.connections = connections;
        this.control = control;
        this.hearsControl = hearsControl;
    }

    @Override
    public void send(ReplicaEnvelope envelope) {
        switch (envelope.message()) {
            case ReplicaMessage.Fetch _, ReplicaMessage.AdoptRequest _, ReplicaMessage.TailMessage _ ->
                connections.send(envelope);
            default -> {
                control.accept(envelope);
                if (!hearsControl.test(envelope.to().nodeId())) {
                    connections.send(envelope);
                }
            }
        }
    }

    @Override
    public boolean hasRoom(int nodeId) {
        return connections.hasRoom(nodeId);
    }

    @Override
    public void whenRoom(int nodeId, Runnable resume) {
        connections.whenRoom(nodeId, resume);
    }
}
