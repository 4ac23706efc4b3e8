package io.sampo.tcp.replication;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What the first frame of a connection between nodes means for it.
sealed interface Greeting {

    /// The connection is up.
    ///
    /// @param answer to be written first; null: none is owed
    record Accepted(int nodeId, @Nullable ByteBuffer answer) implements Greeting {}

    /// @param answer to be written before it is closed; null: none is owed
    record Refused(String reason, @Nullable ByteBuffer answer) implements Greeting {}

    /// To the one that dialled node `nodeId`.
    static Greeting ofWelcome(ByteBuffer frame, int nodeId) {
        Handshake.Welcome welcome = Handshake.readWelcome(frame);
        if (welcome == null) {
            return new Refused("what answers there is no node of this kind", null);
        }
        if (welcome.verdict() != Handshake.Verdict.WELCOME) {
            return new Refused(
                    "node " + welcome.nodeId() + " there refused this one: " + welcome.verdict().reason, null);
        }
        if (welcome.nodeId() != nodeId) {
            return new Refused("node " + welcome.nodeId() + " answered in place of node " + nodeId, null);
        }
        return new Accepted(nodeId, null);
    }

    /// To the one that accepted.
    static Greeting ofHello(ByteBuffer frame, ReplicationIdentity self) {
        Handshake.Hello hello = Handshake.readHello(frame);
        if (hello == null) {
            return new Refused("it does not begin as a node does", null);
        }
        Handshake.Verdict verdict = hello.judgedBy(self);
        ByteBuffer answer = Handshake.welcome(verdict, self);
        if (verdict != Handshake.Verdict.WELCOME) {
            String reason = "node " + hello.nodeId() + " of cluster " + hello.clusterId() + " wants node "
                    + hello.wantedNodeId() + ": " + verdict.reason;
            return new Refused(reason, answer);
        }
        return new Accepted(hello.nodeId(), answer);
    }
}
