package io.sampo.tcp.replication;

import static io.sampo.tcp.TestBroker.await;
import static io.sampo.tcp.replication.TestNode.batch;
import static io.sampo.tcp.replication.TestNode.fetch;
import static io.sampo.tcp.replication.TestNode.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a node takes from whom, and what it does about silence.
class ReplicationServerTest {
    private TestNode node;
    private InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        node = new TestNode(1, 0, Settings.with(100_000, 400_000, 100_000, 2_000));
        address = node.server.address();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private Handshake.Verdict verdictOn(ReplicationIdentity who, int wanted) throws IOException {
        try (RawPeer peer = new RawPeer(address)) {
            peer.write(Handshake.hello(who, wanted));
            Handshake.Welcome welcome = Handshake.readWelcome(ByteBuffer.wrap(peer.frame()));
            assertNotNull(welcome);
            assertEquals(1, welcome.nodeId());
            if (welcome.verdict() != Handshake.Verdict.WELCOME) {
                peer.awaitClosedByOther();
            }
            return welcome.verdict();
        }
    }

    @Test
    void aNodeIsTakenOnlyIfItBelongsHereAndMeansThisOne() throws Exception {
        assertEquals(Handshake.Verdict.WELCOME, verdictOn(TestNode.identity(2), 1));
        assertEquals(Handshake.Verdict.WRONG_RECEIVER, verdictOn(TestNode.identity(2), 3));
        assertEquals(Handshake.Verdict.SAME_NODE, verdictOn(TestNode.identity(1), 1));
        assertEquals(
                Handshake.Verdict.WRONG_CLUSTER,
                verdictOn(new ReplicationIdentity("another", 2, Uuid.randomUuid()), 1));
        assertEquals(3, node.connections.counters().refusedHandshakes());
        await("all closed", () -> node.server.connectionCount() == 0);
    }

    @Test
    void anotherVersionIsRefusedByName() throws Exception {
        try (RawPeer peer = new RawPeer(address)) {
            ByteBuffer hello = Handshake.hello(TestNode.identity(2), 1);
            hello.putShort(8, (short) 2);
            peer.write(hello);
            Handshake.Welcome welcome = Handshake.readWelcome(ByteBuffer.wrap(peer.frame()));
            assertNotNull(welcome);

            assertEquals(Handshake.Verdict.WRONG_VERSION, welcome.verdict());
        }
    }

    @Test
    void garbageInPlaceOfAHandshakeClosesTheConnection() throws Exception {
        Random random = new Random(1);
        List<byte[]> garbage = new ArrayList<>();
        garbage.add(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
        garbage.add(ByteBuffer.allocate(4).putInt(-1).array());
        garbage.add(ByteBuffer.allocate(4).putInt(0).array());
        garbage.add(ByteBuffer.allocate(4).putInt(Handshake.MAX_BYTES + 1).array());
        garbage.add("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        for (int i = 0; i < 20; i++) {
            ByteBuffer hello = Handshake.hello(TestNode.identity(2), 1);
            byte[] damaged = new byte[hello.remaining()];
            hello.get(damaged);
            damaged[4 + random.nextInt(4)] ^= (byte) (1 + random.nextInt(255));
            garbage.add(damaged);
        }
        for (byte[] bytes : garbage) {
            try (RawPeer peer = new RawPeer(address)) {
                peer.write(bytes);
                peer.awaitClosedByOther();
            }
        }
        assertEquals(garbage.size(), node.connections.counters().refusedHandshakes());
        assertEquals(Handshake.Verdict.WELCOME, verdictOn(TestNode.identity(2), 1), "others are served");
    }

    @Test
    void whoSaysNothingIsClosedAndBeyondTheLimitNobodyIsTaken() throws Exception {
        try (RawPeer first = new RawPeer(address);
                RawPeer second = new RawPeer(address);
                RawPeer third = new RawPeer(address)) {
            await("three are open", () -> node.server.connectionCount() == 3);
            try (RawPeer fourth = new RawPeer(address)) {
                fourth.awaitClosedByOther();
            }
            first.awaitClosedByOther();
            second.awaitClosedByOther();
            third.awaitClosedByOther();
        }
        assertEquals(Handshake.Verdict.WELCOME, verdictOn(TestNode.identity(2), 1));
    }

    @Test
    void aDamagedBatchIsDroppedAndTheNextMessageTaken() throws Exception {
        byte[] damaged = RawPeer.frameOf(TestNode.between(2, 1, reply(1, batch(1, 100))));
        damaged[damaged.length - 5] ^= 1;
        try (RawPeer peer = RawPeer.welcomed(address, 2, 1)) {
            peer.write(damaged);
            peer.write(RawPeer.frameOf(new byte[] {99}));
            peer.write(RawPeer.frameOf(TestNode.between(3, 1, fetch(2))));
            peer.write(RawPeer.frameOf(TestNode.between(2, 4, fetch(3))));
            peer.write(RawPeer.frameOf(TestNode.between(2, 1, reply(4, batch(1, 100)))));
            await("the good one", () -> !node.received.isEmpty());

            assertEquals(List.of(4L), node.numbersReceived());
            assertEquals(1, node.connections.counters().corruptBatches());
            assertEquals(3, node.connections.counters().invalidMessages());
        }
    }

    @Test
    void framesThatAreNoSequenceOfEnvelopesCloseTheConnection() throws Exception {
        List<byte[]> frames = List.of(
                ByteBuffer.allocate(6).putInt(2).array(),
                ByteBuffer.allocate(8).putInt(4).putInt(0).array(),
                ByteBuffer.allocate(8).putInt(4).putInt(1).array(),
                ByteBuffer.allocate(8).putInt(4).putInt(-7).array(),
                ByteBuffer.allocate(12).putInt(8).putInt(Integer.MAX_VALUE).array(),
                ByteBuffer.allocate(4).putInt(1_000_001).array());
        for (byte[] frame : frames) {
            try (RawPeer peer = RawPeer.welcomed(address, 2, 1)) {
                peer.write(frame);
                peer.awaitClosedByOther();
            }
        }
    }

    @Test
    void anAnnouncedLengthAllocatesNothing() throws Exception {
        long before = node.connections.receiveMemoryInUse();
        try (RawPeer peer = RawPeer.welcomed(address, 2, 1)) {
            peer.write(ByteBuffer.allocate(5).putInt(1_000_000).array());
            await("the frame has begun", () -> node.connections.receiveMemoryInUse() > before);

            assertTrue(node.connections.receiveMemoryInUse() - before <= 16 * 1024);
        }
        await("it is given back", () -> node.connections.receiveMemoryInUse() == before);
    }

    @Test
    void aSilentNodeIsGivenUpAndDialledAgain() throws Exception {
        TestNode dialling = new TestNode(3, 0, Settings.with(100_000, 400_000, 100_000, 400));
        try (dialling;
                ServerSocket halfDead = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            dialling.knows(Map.of(5, (InetSocketAddress) halfDead.getLocalSocketAddress()));
            dialling.connections.send(dialling.to(5, fetch(1)));
            for (int life = 1; life <= 2; life++) {
                try (RawPeer accepted = new RawPeer(halfDead.accept())) {
                    accepted.frame();
                    accepted.write(Handshake.welcome(Handshake.Verdict.WELCOME, TestNode.identity(5)));
                    int losses = life;
                    await("lost", () -> dialling.connections.counters().losses() == losses);
                }
            }
            assertEquals(
                    List.of("connected 5", "lost 5", "connected 5", "lost 5"),
                    List.copyOf(dialling.events).subList(0, 4));
        }
    }

    @Test
    void aSilentFollowerIsGivenUpToo() throws Exception {
        try (RawPeer silent = RawPeer.welcomed(address, 2, 1)) {
            await("it is open", () -> node.server.connectionCount() == 1);
            silent.awaitClosedByOther();
            await("it is closed", () -> node.server.connectionCount() == 0);
        }
    }

    @Test
    void whoHasNothingToSayIsNotGivenUp() throws Exception {
        ReplicationSocketSettings quick = Settings.with(100_000, 400_000, 100_000, 200);
        try (TestNode leader = new TestNode(8, 0, quick);
                TestNode follower = new TestNode(9, 0, quick)) {
            follower.knows(leader);
            follower.connections.send(follower.to(8, fetch(1)));
            await("the request", () -> leader.received.size() == 1);
            long before = follower.connections.counters().bytesReceived();
            await(
                    "20 signs of life, five times the time after which silence ends a connection",
                    () -> follower.connections.counters().bytesReceived() >= before + 20 * Integer.BYTES);

            assertEquals(List.of("connected 8"), List.copyOf(follower.events));
            assertEquals(1, leader.server.connectionCount());
        }
    }

    @Test
    void aNewConnectionOfANodeReplacesItsOldOne() throws Exception {
        try (RawPeer before = RawPeer.welcomed(address, 2, 1);
                RawPeer after = RawPeer.welcomed(address, 2, 1)) {
            before.awaitClosedByOther();
            node.connections.send(node.to(2, reply(1, batch(1, 10))));
            byte[] frame = after.frame();
            while (frame.length == 0) {
                frame = after.frame();
            }
            assertEquals(
                    ByteBuffer.wrap(RawPeer.frameOf(node.to(2, reply(1, batch(1, 10)))))
                            .position(4)
                            .slice(),
                    ByteBuffer.wrap(frame));
        }
    }

    @Test
    void nodeIdsThatStrangersMakeUpAreNotKept() throws Exception {
        for (int made = 100; made < 110; made++) {
            RawPeer.welcomed(address, made, 1).close();
        }
        await("all forgotten", () -> node.connections.knownNodes() == 0);
    }

    @Test
    void whoeverIsRefusedLearnsWhyAndTriesAgainSlowly() throws Exception {
        try (TestNode wrong = new TestNode(7, 0, Settings.with(100_000, 400_000, 100_000, 400))) {
            wrong.knows(Map.of(4, address));
            wrong.connections.send(wrong.to(4, fetch(1)));
            await("refused twice", () -> node.connections.counters().refusedHandshakes() >= 2);

            assertEquals(List.of(), List.copyOf(wrong.events), "neither connected nor dead");
            assertTrue(wrong.connections.counters().droppedUnconnected() >= 1);
        }
    }
}
