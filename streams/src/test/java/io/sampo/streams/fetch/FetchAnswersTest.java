package io.sampo.streams.fetch;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/// What answers without records say about the end of a bounded reading.
class FetchAnswersTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final long END = 20;

    private final FetchCore core = new FetchCore(
            FetchSettings.from(new AbstractConfig(FetchSettings.define(new ConfigDef()), Map.of(), false)),
            view(),
            new SplittableRandom(1),
            _ -> {});
    private long nowMs;

    private static ClusterView view() {
        ClusterView.Partition partition = new ClusterView.Partition(0, OptionalInt.of(1), 4, List.of(1));
        return new ClusterView(
                Optional.empty(),
                Map.of(1, new ClusterView.Node(1, "h", 1, Optional.empty())),
                Map.of("t", new ClusterView.Topic("t", Uuid.ZERO_UUID, Errors.NONE, List.of(partition))));
    }

    private static FetchResponseData.PartitionData data(MemoryRecords records) {
        return new FetchResponseData.PartitionData()
                .setHighWatermark(END)
                .setLastStableOffset(END)
                .setLogStartOffset(0)
                .setRecords(records);
    }

    private void answer(Ask.Fetch ask, FetchResponseData.PartitionData data) {
        FetchResponseData.FetchableTopicResponse topic =
                new FetchResponseData.FetchableTopicResponse().setTopic("t").setPartitions(List.of(data));
        core.fetched(ask, new FetchResponseData().setResponses(List.of(topic)), () -> {}, nowMs);
    }

    /// What is asked after every pause is over; metadata stays as it was.
    private Ask ask() {
        nowMs += 10_000;
        List<Ask> asks = core.asks(nowMs);
        asks.forEach(ask -> {
            if (ask instanceof Ask.Refresh) {
                core.refreshed(view(), nowMs);
            }
        });
        List<Ask> others =
                asks.stream().filter(ask -> !(ask instanceof Ask.Refresh)).toList();
        assertEquals(1, others.size(), () -> asks.toString());
        return others.getFirst();
    }

    private Ask.Fetch fetch() {
        return assertInstanceOf(Ask.Fetch.class, ask());
    }

    private long askedOffset() {
        return requireNonNull(fetch().asked().get(P0)).offset();
    }

    private void readFirstRecord() {
        core.add(Map.of(P0, StartPosition.offset(0).untilOffset(END)), nowMs);
        core.demand();
        answer(
                fetch(),
                data(MemoryRecords.withRecords(0, Compression.NONE, 4, new SimpleRecord(7, null, new byte[1]))));
        assertTrue(core.next().isPresent());
    }

    @Test
    void aRefusedPartitionIsNotAtItsEnd() {
        readFirstRecord();
        for (Errors error :
                List.of(Errors.KAFKA_STORAGE_ERROR, Errors.NOT_LEADER_OR_FOLLOWER, Errors.OFFSET_NOT_AVAILABLE)) {
            answer(fetch(), data(MemoryRecords.EMPTY).setErrorCode(error.code()));
        }
        assertFalse(core.next().isPresent());
        assertEquals(1, askedOffset());
    }

    @Test
    void aLeaderThatNamesAReplicaToReadFromSaysNothingAboutTheEnd() {
        readFirstRecord();
        answer(fetch(), data(MemoryRecords.EMPTY).setPreferredReadReplica(1));
        assertEquals(1, askedOffset());
    }

    @Test
    void aPartitionThatWasReadAndHasNothingIsAskedForItsLocalStart() {
        readFirstRecord();
        answer(fetch(), data(MemoryRecords.EMPTY));
        Ask.ListOffsets ask = assertInstanceOf(Ask.ListOffsets.class, ask());
        assertEquals(
                Lookup.Purpose.LOCAL_START,
                requireNonNull(ask.lookups().get(P0)).purpose());
    }
}
