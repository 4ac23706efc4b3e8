package io.sampo.tcp.server;

import static io.sampo.tcp.server.LimitedBroker.answer;
import static io.sampo.tcp.server.LimitedBroker.answering;
import static io.sampo.tcp.server.LimitedBroker.assertServed;
import static io.sampo.tcp.server.LimitedBroker.listGroups;
import static io.sampo.tcp.server.LimitedBroker.parking;
import static io.sampo.tcp.server.LimitedBroker.small;
import static io.sampo.tcp.server.LimitedBroker.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How long a frame may be, how long it may take, and how much memory all of them may hold.
class FrameLimitsTest {
    private final ConcurrentLinkedQueue<ClientRequest> parked = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 64 * 1024 + 1})
    void aFrameOfAnImpossibleLengthEndsItsConnectionAlone(int length) throws Exception {
        try (TestBroker broker = answering(small());
                WireClient bad = broker.connect()) {
            bad.send(ByteBuffer.allocate(4).putInt(length).array());
            assertTrue(bad.isClosedByServer());
            assertServed(broker);
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void theLargestFrameIsServed() throws Exception {
        try (TestBroker broker = answering(small());
                WireClient client = broker.connect()) {
            byte[] frame = WireClient.frame(WireClient.header(ApiKeys.LIST_GROUPS, (short) 4, 5), listGroups(0));
            byte[] largest = Arrays.copyOf(frame, 4 + 64 * 1024);
            ByteBuffer.wrap(largest).putInt(0, 64 * 1024);
            client.send(largest);
            client.receive(ApiKeys.LIST_GROUPS, (short) 4, 5);
        }
    }

    @Test
    void memoryFollowsTheBytesThatArriveNotTheLengthThatIsClaimed() throws Exception {
        try (TestBroker broker = answering(with(100 * 1024 * 1024, 256L * 1024 * 1024))) {
            List<WireClient> liars = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                WireClient liar = broker.connect();
                liar.send(ByteBuffer.allocate(104).putInt(100 * 1024 * 1024).array());
                liars.add(liar);
            }
            TestBroker.await("the frames have begun", () -> broker.server().requestBytesInUse() >= 50 * 16 * 1024);
            assertTrue(broker.server().requestBytesInUse() <= 50 * 16 * 1024L);
            assertServed(broker);
            for (WireClient liar : liars) {
                liar.close();
            }
            TestBroker.await("all memory is back", () -> broker.server().requestBytesInUse() == 0);
        }
    }

    @Test
    void requestsBeyondTheNodesBudgetAreNotReadUntilOthersAreAnswered() throws Exception {
        int frameBytes = 60_000;
        long budget = 256 * 1024;
        try (TestBroker broker = parking(with(1024 * 1024, budget), parked)) {
            List<WireClient> clients = new ArrayList<>();
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                WireClient client = broker.connect();
                clients.add(client);
                senders.add(Thread.ofVirtual().start(() -> {
                    try {
                        client.send(ApiKeys.LIST_GROUPS, listGroups(frameBytes), 1);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
            }
            TestBroker.await("some requests", () -> parked.size() >= 3);
            int answered = 0;
            while (answered < 20) {
                TestBroker.await("a request", () -> !parked.isEmpty());
                long used = broker.server().requestBytesInUse();
                assertTrue(used <= budget + 1024 * 1024, "in use: " + used);
                assertTrue(parked.size() <= 6, "in flight: " + parked.size());
                answer(parked.remove());
                answered++;
            }
            for (WireClient client : clients) {
                client.receive(ApiKeys.LIST_GROUPS, (short) 4, 1);
                client.close();
            }
            for (Thread sender : senders) {
                sender.join();
            }
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void anAnswerAfterTheClientHasGoneStillGivesTheMemoryBack() throws Exception {
        try (TestBroker broker = parking(with(1024 * 1024, 1024 * 1024), parked)) {
            try (WireClient client = broker.connect()) {
                client.send(ApiKeys.LIST_GROUPS, listGroups(50_000), 1);
                TestBroker.await("the request", () -> !parked.isEmpty());
            }
            TestBroker.await("the connection is gone", () -> broker.server().connectionCount() == 0);
            assertTrue(broker.server().requestBytesInUse() >= 50_000, "the body was taken from under the handler");
            answer(parked.remove());
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void aFrameThatDoesNotCompleteInTimeEndsItsConnection() throws Exception {
        try (TestBroker broker = answering(small());
                WireClient header = broker.connect();
                WireClient body = broker.connect()) {
            header.send(new byte[] {0, 0});
            body.send(ByteBuffer.allocate(1004).putInt(5000).array());
            assertTrue(header.isClosedByServer());
            assertTrue(body.isClosedByServer());
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }
}
