package io.sampo.core.partition;

/// Port to the network between replicas on different nodes. It is allowed to lose, repeat, delay and reorder,
/// and it does not wait: what cannot go out in bounded memory is dropped, and replicas ask again.
///
/// Thread rule: any thread; never blocks.
public interface ReplicaTransport {

    /// Sends to the node that `envelope.to()` names; drops it when that node cannot be reached. The bytes of its
    /// batches are the caller's again when this returns.
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

        /// As above, and says when the bytes of the envelope's batches are written or dropped. Until then they
        /// count against what one connection may have under way; above that it is not read from, so that a slow
        /// disk holds back the sender instead of filling the memory.
        ///
        /// @param consumed to be run once, on any thread, if need be within this call
        default void received(ReplicaEnvelope envelope, Runnable consumed) {
            received(envelope);
            consumed.run();
        }
    }

    /// What is known of the way to other nodes. Called on any thread, in order for one node; must not block.
    interface ConnectionListener {
        /// Requests to the node pass from now on: what was asked before may have been lost.
        void connected(int nodeId);

        /// The connection ended. It is tried again until the node is not listed any more.
        void lost(int nodeId);

        /// The node's machine answered that nobody listens there: the process is dead or does not serve yet. Comes
        /// with each attempt.
        void refused(int nodeId);
    }
}
