package io.sampo.tcp.replication;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The first frame of each direction: who dials says who it is and whom it wants ([Hello]), and is welcome or is
/// told
/// why not ([Welcome]). Big-endian.
///
/// | frame | fields |
/// |---|---|
/// | Hello | magic 4, version 2, node id 4, directory id 16, wanted node id 4, cluster id (2 + UTF-8) |
/// | Welcome | magic 4, version 2, verdict 1, node id 4, directory id 16 |
final class Handshake {

    /// "SMPR".
    static final int MAGIC = 0x534d5052;

    /// Highest version of the envelopes' codec that the sender reads; the framing itself is as described here.
    static final short VERSION = 1;

    /// Largest handshake, and so largest frame of someone unknown.
    static final int MAX_BYTES = 512;

    private static final int MAX_CLUSTER_ID_BYTES = 255;

    private Handshake() {}

    /// What becomes of a connection. A code is never given another meaning.
    enum Verdict {
        WELCOME("welcome"),
        WRONG_CLUSTER("it belongs to another cluster"),
        WRONG_RECEIVER("it wants another node"),
        SAME_NODE("it says it is this very node"),
        WRONG_VERSION("it speaks another version");

        final String reason;

        Verdict(String reason) {
            this.reason = reason;
        }

        static @Nullable Verdict of(byte code) {
            return code < 0 || code >= values().length ? null : values()[code];
        }
    }

    record Hello(short version, int nodeId, Uuid directoryId, int wantedNodeId, String clusterId) {

        Verdict judgedBy(ReplicationIdentity self) {
            if (version != VERSION) {
                return Verdict.WRONG_VERSION;
            } else if (!clusterId.equals(self.clusterId())) {
                return Verdict.WRONG_CLUSTER;
            } else if (wantedNodeId != self.nodeId()) {
                return Verdict.WRONG_RECEIVER;
            } else if (nodeId == self.nodeId()) {
                return Verdict.SAME_NODE;
            }
            return Verdict.WELCOME;
        }
    }

    record Welcome(Verdict verdict, int nodeId, Uuid directoryId) {}

    /// With its length before it.
    static ByteBuffer hello(ReplicationIdentity self, int wantedNodeId) {
        byte[] clusterId = self.clusterId().getBytes(StandardCharsets.UTF_8);
        if (clusterId.length > MAX_CLUSTER_ID_BYTES) {
            throw new IllegalArgumentException("a cluster id of " + clusterId.length + " bytes");
        }
        ByteBuffer out = start();
        out.putInt(self.nodeId());
        putUuid(out, self.directoryId());
        out.putInt(wantedNodeId).putShort((short) clusterId.length).put(clusterId);
        return end(out);
    }

    /// With its length before it.
    static ByteBuffer welcome(Verdict verdict, ReplicationIdentity self) {
        ByteBuffer out = start();
        out.put((byte) verdict.ordinal()).putInt(self.nodeId());
        putUuid(out, self.directoryId());
        return end(out);
    }

    private static ByteBuffer start() {
        return ByteBuffer.allocate(Integer.BYTES + MAX_BYTES)
                .putInt(0)
                .putInt(MAGIC)
                .putShort(VERSION);
    }

    private static ByteBuffer end(ByteBuffer out) {
        return out.putInt(0, out.position() - Integer.BYTES).flip();
    }

    private static void putUuid(ByteBuffer out, Uuid uuid) {
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    /// @return null when the bytes are no Hello
    static @Nullable Hello readHello(ByteBuffer in) {
        try {
            if (in.getInt() != MAGIC) {
                return null;
            }
            short version = in.getShort();
            int nodeId = in.getInt();
            Uuid directoryId = new Uuid(in.getLong(), in.getLong());
            int wantedNodeId = in.getInt();
            short length = in.getShort();
            if (length < 0 || length > MAX_CLUSTER_ID_BYTES || length != in.remaining()) {
                return null;
            }
            byte[] clusterId = new byte[length];
            in.get(clusterId);
            return new Hello(version, nodeId, directoryId, wantedNodeId, new String(clusterId, StandardCharsets.UTF_8));
        } catch (BufferUnderflowException tooShort) {
            return null;
        }
    }

    /// @return null when the bytes are no Welcome
    static @Nullable Welcome readWelcome(ByteBuffer in) {
        try {
            if (in.getInt() != MAGIC) {
                return null;
            }
            in.getShort();
            Verdict verdict = Verdict.of(in.get());
            return verdict == null ? null : new Welcome(verdict, in.getInt(), new Uuid(in.getLong(), in.getLong()));
        } catch (BufferUnderflowException tooShort) {
            return null;
        }
    }
}
