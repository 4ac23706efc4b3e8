package io.sampo.tcp.replication;

/// Limits and times of the connections between nodes.
///
/// @param maxFrameBytes largest frame that is sent or taken: the largest record batch of a topic has to fit. Memory
///     follows the bytes that arrive, not the length that is announced
/// @param gatherBytes what waits for a node is written in pieces of about so much
/// @param roomBytes while so much waits for a node there is no room for more records (`hasRoom`)
/// @param maxWaitingBytes what would exceed it is dropped; requests and replies of a node count apart
/// @param maxUnconsumedBytes `replica.fetch.response.max.bytes`: batches received on one connection and not consumed
///     yet, above which it is not read from; the frame in work may exceed it
/// @param receiveMemoryBytes frames that have arrived in part, over all connections of the node
/// @param maxConnections accepted at the same time; one more is closed at once
/// @param connectTimeoutMs from dialling to the other node's welcome
/// @param handshakeTimeoutMs from accepting to the handshake
/// @param deadPeerTimeoutMs a node that is silent for so long is given up; whoever has nothing to say sends an
///     empty
///     frame every quarter of it
/// @param consumedTimeoutMs batches that are not written for so long do not hold up the connection any more: a disk
///     that hangs must not keep the replicas on other disks from what they asked for. Each replica holds one answer
///     at most
/// @param reconnectBackoffMs wait before the first attempt after a loss; doubles with each one in vain
/// @param reconnectBackoffMaxMs longest wait, to which up to a fifth is added or taken away at random
/// @param sendBufferBytes of the socket; -1: the system's default
/// @param receiveBufferBytes of the socket; -1: the system's default
public record ReplicationSocketSettings(
        int maxFrameBytes,
        int gatherBytes,
        long roomBytes,
        long maxWaitingBytes,
        long maxUnconsumedBytes,
        long receiveMemoryBytes,
        int maxConnections,
        long connectTimeoutMs,
        long handshakeTimeoutMs,
        long deadPeerTimeoutMs,
        long consumedTimeoutMs,
        long reconnectBackoffMs,
        long reconnectBackoffMaxMs,
        int sendBufferBytes,
        int receiveBufferBytes) {

    public static final ReplicationSocketSettings DEFAULTS = new ReplicationSocketSettings(
            100 * 1024 * 1024,
            256 * 1024,
            4L * 1024 * 1024,
            32L * 1024 * 1024,
            16L * 1024 * 1024,
            128L * 1024 * 1024,
            100,
            1_000,
            5_000,
            2_000,
            30_000,
            50,
            1_000,
            -1,
            -1);

    public ReplicationSocketSettings withMaxUnconsumedBytes(long bytes) {
        return new ReplicationSocketSettings(
                maxFrameBytes,
                gatherBytes,
                roomBytes,
                maxWaitingBytes,
                bytes,
                receiveMemoryBytes,
                maxConnections,
                connectTimeoutMs,
                handshakeTimeoutMs,
                deadPeerTimeoutMs,
                consumedTimeoutMs,
                reconnectBackoffMs,
                reconnectBackoffMaxMs,
                sendBufferBytes,
                receiveBufferBytes);
    }

    public ReplicationSocketSettings {
        if (maxFrameBytes < Handshake.MAX_BYTES
                || gatherBytes < 1
                || roomBytes < 1
                || maxWaitingBytes < roomBytes
                || maxUnconsumedBytes < 1
                || receiveMemoryBytes < 1
                || maxConnections < 1
                || connectTimeoutMs < 1
                || handshakeTimeoutMs < 1
                || deadPeerTimeoutMs < 4
                || consumedTimeoutMs < 1
                || reconnectBackoffMs < 1
                || reconnectBackoffMaxMs < reconnectBackoffMs) {
            throw new IllegalArgumentException("a replication socket setting is out of its range: " + this);
        }
    }
}
