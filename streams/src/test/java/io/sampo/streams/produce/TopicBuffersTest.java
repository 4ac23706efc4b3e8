package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sampo.streams.connection.ClusterView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class TopicBuffersTest {
    private static final long LINGER_MS = 60_000;
    private static final ClusterView KNOWN = ScriptedBroker.view(1);

    private final RecordBatch.Origin origin =
            new RecordBatch.Origin(Compression.NONE, new BufferMemory(100_000), new OpenWork());
    private final Map<Integer, PartitionBuffer> made = new HashMap<>();
    private final TopicBuffers topic = new TopicBuffers(
            ScriptedBroker.TOPIC,
            new TopicBuffers.Shared(false, 10_000, 1_000, origin, new Outcomes(Runnable::run), () -> KNOWN),
            index -> made.computeIfAbsent(
                    index,
                    _ -> new PartitionBuffer(
                            new TopicPartition(ScriptedBroker.TOPIC, index),
                            origin,
                            new BatchSizes(1_000, 1_000),
                            LINGER_MS,
                            () -> 0,
                            () -> false)));

    @Test
    void whatWaitsForTheTopicLingersInItsPartition() {
        assertNull(offer().buffer());
        assertSame(PartitionBuffer.Appended.FIRST, offer().appended());
        List<PartitionBuffer> touched = topic.update(KNOWN, 0);
        assertEquals(List.of(made.get(0)), touched);
        assertEquals(LINGER_MS, touched.getFirst().readyAtMs());
        assertEquals(2, touched.getFirst().take().recordCount());
    }

    @Test
    void whatWaitedWhenAllWasSealedGoesAsSoonAsTheTopicIsKnown() {
        offer();
        topic.seal();
        topic.update(ClusterView.EMPTY, 0);
        PartitionBuffer buffer = topic.update(KNOWN, 0).getFirst();
        assertEquals(Long.MIN_VALUE, buffer.readyAtMs());
        buffer.take();
        topic.update(KNOWN, 0);
        offer();
        assertEquals(LINGER_MS, buffer.readyAtMs(), "what comes after it waits for linger.ms again");
        topic.update(KNOWN, 0);
        assertEquals(LINGER_MS, buffer.readyAtMs(), "sealed once is not sealed for good");
    }

    private TopicBuffers.Placed offer() {
        return topic.offer(OptionalInt.of(0), 0, null, new byte[10], new Header[0], 100, new SendOutcome.Future(), 0);
    }
}
