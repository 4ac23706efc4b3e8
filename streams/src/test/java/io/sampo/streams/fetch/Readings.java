package io.sampo.streams.fetch;

import static io.sampo.streams.fetch.FetchSimulation.check;
import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.protocol.Errors;

/// The readings that go on, and which of them an answer is for: one that began anew is another one.
final class Readings {
    private final Map<TopicPartition, ReadingChecker> current = new HashMap<>();
    private final Map<PartitionState, ReadingChecker> asking = new IdentityHashMap<>();

    void begin(TopicPartition id, ReadingChecker reading) {
        current.put(id, reading);
    }

    void end(TopicPartition id) {
        current.remove(id);
    }

    void forEach(BiConsumer<TopicPartition, ReadingChecker> each) {
        current.forEach(each);
    }

    Map<TopicPartition, ReadingChecker> all() {
        return current;
    }

    void delivered(Chunk chunk, ModelLog log, boolean committed) {
        check(current.containsKey(chunk.partition()), "nothing of a removed partition comes out: " + chunk);
        requireNonNull(current.get(chunk.partition())).delivered(chunk, log, committed);
    }

    void truncated(TopicPartition id, long from, long until, int nextEpoch) {
        if (current.containsKey(id)) {
            requireNonNull(current.get(id)).truncated(from, until, nextEpoch);
        }
    }

    /// A question is sent.
    void asked(Map<TopicPartition, Ask.Asked> asked) {
        asked.forEach((id, one) -> asking.computeIfAbsent(one.state(), _ -> requireNonNull(current.get(id))));
    }

    private ReadingChecker reading(Ask.Asked asked) {
        return requireNonNull(asking.get(asked.state()));
    }

    /// An answer has arrived, as the next two.
    void told(Ask.Fetch ask, FetchResponseData body) {
        body.responses()
                .forEach(topic -> topic.partitions().forEach(answer -> {
                    Ask.Asked asked = ask.asked().get(new TopicPartition("t", answer.partitionIndex()));
                    if (asked != null && answer.errorCode() == Errors.OFFSET_OUT_OF_RANGE.code()) {
                        reading(asked).toldOutOfRange(asked.offset());
                    }
                }));
    }

    void told(Ask.ListOffsets ask, ListOffsetsResponseData body) {
        body.topics()
                .forEach(topic -> topic.partitions().forEach(answer -> {
                    TopicPartition id = new TopicPartition("t", answer.partitionIndex());
                    Ask.Asked asked = requireNonNull(ask.asked().get(id));
                    if (answer.errorCode() == Errors.NONE.code()) {
                        switch (requireNonNull(ask.lookups().get(id)).purpose()) {
                            case START -> reading(asked).toldStart(asked.offset(), answer.offset());
                            case END -> reading(asked).toldEnd(answer.offset());
                            case LOCAL_START, RANGE_FIRST, RANGE_END -> {}
                        }
                    }
                }));
    }

    void told(Ask.EpochEnds ask, OffsetForLeaderEpochResponseData body) {
        body.topics()
                .forEach(topic -> topic.partitions().forEach(answer -> {
                    Ask.Asked asked = requireNonNull(ask.asked().get(new TopicPartition("t", answer.partition())));
                    if (answer.errorCode() == Errors.NONE.code()) {
                        reading(asked).toldEpochEnd(asked.offset(), answer.endOffset(), asked.leaderEpoch());
                    }
                }));
    }
}
