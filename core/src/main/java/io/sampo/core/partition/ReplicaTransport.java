package io.sampo.core.partition;

/// Port to the network between replicas on different nodes. It is allowed to lose, repeat, delay and reorder, and it
/// does not wait: what cannot go out in bounded memory is dropped, and replicas ask again.
///
/// Thread rule: any thread; never blocks.
public interface ReplicaTransport {

    /// Sends to the node that `envelope.to()` names; drops it when that node cannot be reached.
    void send(ReplicaEnvelope envelope);

    /// False while what waits for a node has reached its bound: records should wait ([#whenRoom]) instead of being
    /// read now and dropped.
    boolean hasRoom(int nodeId);

    /// Calls `resume` once, on any thread, when there is room again or the connection ended.
    void whenRoom(int nodeId, Runnable resume);

    /// What comes in.
    @FunctionalInterface
    interface Receiver {
        /// Called on the connection's thread, in the order of one connection; must not block. The envelope's bytes
        /// are the receiver's from now on.
        void received(ReplicaEnvelope envelope);
    }
}
