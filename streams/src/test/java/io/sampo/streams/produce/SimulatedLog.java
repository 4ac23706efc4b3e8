package io.sampo.streams.produce;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/// What all replicas of a partition agree on, with Kafka's rules for idempotent producers: the last five
/// batches of each are recognised, and a producer that is not known may begin anywhere (KIP-360).
@NullMarked
final class SimulatedLog {

    /// A batch as it was at the time of sending.
    record Copy(@Nullable ProducerIdentity identity, int baseSequence, List<Integer> ids) {
        int lastSequence() {
            return (int) ((baseSequence + (long) ids.size() - 1) & Integer.MAX_VALUE);
        }
    }

    private record Written(int baseSequence, int lastSequence, long baseOffset) {}

    private static final class Producer {
        private short epoch;
        private final ArrayDeque<Written> last = new ArrayDeque<>();
    }

    final List<Integer> ids = new ArrayList<>();
    private final Map<Long, Producer> producers = new HashMap<>();

    PartitionAnswer append(Copy copy) {
        ProducerIdentity identity = copy.identity();
        if (identity == null) {
            return write(copy);
        }
        Producer producer = producers.get(identity.producerId());
        if (producer == null) {
            producer = new Producer();
            producer.epoch = identity.producerEpoch();
            producers.put(identity.producerId(), producer);
            return remember(producer, copy);
        }
        if (identity.producerEpoch() < producer.epoch) {
            return PartitionAnswer.of(Errors.INVALID_PRODUCER_EPOCH);
        }
        if (identity.producerEpoch() > producer.epoch) {
            if (copy.baseSequence() != 0) {
                return PartitionAnswer.of(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
            }
            producer.epoch = identity.producerEpoch();
            producer.last.clear();
            return remember(producer, copy);
        }
        for (Written written : producer.last) {
            if (written.baseSequence() == copy.baseSequence() && written.lastSequence() == copy.lastSequence()) {
                return PartitionAnswer.at(written.baseOffset());
            }
        }
        int expected = (int) ((producer.last.getLast().lastSequence() + 1L) & Integer.MAX_VALUE);
        return copy.baseSequence() == expected
                ? remember(producer, copy)
                : PartitionAnswer.of(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    private PartitionAnswer remember(Producer producer, Copy copy) {
        if (producer.last.size() == 5) {
            producer.last.removeFirst();
        }
        producer.last.add(new Written(copy.baseSequence(), copy.lastSequence(), ids.size()));
        return write(copy);
    }

    private PartitionAnswer write(Copy copy) {
        long baseOffset = ids.size();
        ids.addAll(copy.ids());
        return PartitionAnswer.at(baseOffset);
    }
}
