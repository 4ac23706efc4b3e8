package io.sampo.tcp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.junit.jupiter.api.Test;

/// Real requests with flipped, cut, doubled and overwritten bytes, and plain garbage, against a whole server. Runs
/// for `sampo.fuzz.seconds` (5); a failure names the seed, `sampo.fuzz.seed` repeats it.
class RequestFuzzTest {

    private static final long SECONDS = Long.getLong("sampo.fuzz.seconds", 5);
    private static final long SEED = Long.getLong("sampo.fuzz.seed", System.nanoTime());

    private static void answerWithError(ClientRequest request) {
        throw new UnsupportedOperationException("every request fails here");
    }

    private static List<byte[]> realRequests() {
        List<byte[]> frames = new ArrayList<>();
        ProduceRequestData produce = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(1_000);
        var topic = new ProduceRequestData.TopicProduceData().setName("topic");
        topic.partitionData()
                .add(new ProduceRequestData.PartitionProduceData()
                        .setRecords(MemoryRecords.withRecords(
                                Compression.NONE,
                                new SimpleRecord(1, "value".getBytes(java.nio.charset.StandardCharsets.UTF_8)))));
        produce.topicData().add(topic);
        for (short version = 3; version <= 12; version++) {
            frames.add(frame(ApiKeys.PRODUCE, new ProduceRequest(produce, version)));
        }
        for (short version = 0; version <= 5; version++) {
            frames.add(frame(ApiKeys.API_VERSIONS, new ApiVersionsRequest.Builder().build(version)));
        }
        for (short version = 4; version <= 13; version++) {
            frames.add(frame(ApiKeys.METADATA, new MetadataRequest.Builder(List.of("a", "b"), true).build(version)));
        }
        for (short version = 0; version <= 5; version++) {
            frames.add(frame(
                    ApiKeys.LIST_GROUPS, new ListGroupsRequest.Builder(new ListGroupsRequestData()).build(version)));
        }
        return frames;
    }

    private static byte[] frame(ApiKeys apiKey, AbstractRequest request) {
        return WireClient.frame(WireClient.header(apiKey, request.version(), 1), request);
    }

    private static byte[] mutate(byte[] real, Random random) {
        byte[] bytes = real.clone();
        int changes = random.nextInt(1, 6);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(4, bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) 0xff;
                case 2 -> bytes[at] = (byte) 0x7f;
                case 3 -> bytes[at] = 0;
                default -> {
                    int cut = random.nextInt(8, bytes.length + 20);
                    bytes = java.util.Arrays.copyOf(bytes, Math.max(9, cut));
                }
            }
        }
        // Mostly an honest length, so that the parser behind it is reached.
        if (random.nextInt(10) > 0) {
            ByteBuffer.wrap(bytes).putInt(0, bytes.length - 4);
        } else {
            bytes[random.nextInt(4)] = (byte) random.nextInt();
        }
        return bytes;
    }

    @Test
    void noBytesHangTheServerOrKeepItsMemory() throws Exception {
        List<byte[]> real = realRequests();
        Random random = new Random(SEED);
        SocketSettings settings = SocketSettings.defaults();
        try (TestBroker broker = new TestBroker(
                        settings,
                        b -> b.serve(ApiKeys.PRODUCE, RequestFuzzTest::answerWithError)
                                .serve(ApiKeys.LIST_GROUPS, RequestFuzzTest::answerWithError));
                WireClient healthy = broker.connect()) {
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            int connections = 0;
            while (System.nanoTime() < endNs) {
                try (WireClient fuzzer = broker.connect()) {
                    for (int i = 0; i < 5; i++) {
                        fuzzer.send(mutate(real.get(random.nextInt(real.size())), random));
                    }
                } catch (IOException closedByServer) {
                    // As it should be for most of them.
                    connections++;
                }
                if (++connections % 20 == 0) {
                    healthy.roundTrip(
                            ApiKeys.METADATA,
                            MetadataRequest.Builder.allTopics().build((short) 9),
                            3);
                }
            }
            TestBroker.await(
                    "all connections but one are closed", () -> broker.server().connectionCount() == 1);
            assertEquals(0, broker.server().requestBytesInUse(), "seed " + SEED);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("sampo.fuzz.seed=" + SEED, e);
        }
    }

    @Test
    void theParserRefusesWhateverItCannotReadWithAnException() {
        List<byte[]> real = realRequests();
        Random random = new Random(SEED + 1);
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        int parsed = 0;
        while (System.nanoTime() < endNs) {
            ByteBuffer bytes = ByteBuffer.wrap(mutate(real.get(random.nextInt(real.size())), random));
            bytes.getInt();
            try {
                var header = org.apache.kafka.common.requests.RequestHeader.parse(bytes);
                AbstractRequest.parseRequest(header.apiKey(), header.apiVersion(), new ByteBufferAccessor(bytes));
                parsed++;
            } catch (RuntimeException refused) {
                parsed++;
            } catch (Error e) {
                throw new AssertionError("sampo.fuzz.seed=" + SEED, e);
            }
        }
        assertEquals(true, parsed > 0);
    }
}
