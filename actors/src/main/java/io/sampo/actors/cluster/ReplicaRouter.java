package io.sampo.actors.cluster;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaMessage;
import io.sampo.core.partition.ReplicaTransport;
import java.util.function.Consumer;

/// Which way a message between replicas takes: records and what acknowledges them over the replication connections,
/// everything else with the messages between nodes.
///
/// Thread rule: any thread.
public final class ReplicaRouter implements ReplicaTransport {
    private final ReplicaTransport connections;
    private final Consumer<ReplicaEnvelope> control;

    public ReplicaRouter(ReplicaTransport connections, Consumer<ReplicaEnvelope> control) {
        this.connections = connections;
        this.control = control;
    }

    @Override
    public void send(ReplicaEnvelope envelope) {
        switch (envelope.message()) {
            case ReplicaMessage.Fetch _, ReplicaMessage.AdoptRequest _, ReplicaMessage.TailMessage _ ->
                connections.send(envelope);
            default -> control.accept(envelope);
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
