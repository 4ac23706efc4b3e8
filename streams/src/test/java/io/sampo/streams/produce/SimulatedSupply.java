package io.sampo.streams.produce;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/// Gathers numbers as records of ten bytes.
@NullMarked
final class SimulatedSupply implements BatchSupply {
    static final int RECORD_BYTES = 10;

    record Numbers(List<Integer> ids, long createdMs) implements BatchContent {
        @Override
        public int recordCount() {
            return ids.size();
        }

        @Override
        public int sizeBytes() {
            return ids.size() * RECORD_BYTES;
        }

        @Override
        public List<BatchContent> split() {
            int half = (ids.size() + 1) / 2;
            return List.of(
                    new Numbers(List.copyOf(ids.subList(0, half)), createdMs),
                    new Numbers(List.copyOf(ids.subList(half, ids.size())), createdMs));
        }
    }

    private final int batchRecords;
    private final long lingerMs;
    private final ArrayDeque<Numbers> batches = new ArrayDeque<>();

    SimulatedSupply(int batchRecords, long lingerMs) {
        this.batchRecords = batchRecords;
        this.lingerMs = lingerMs;
    }

    void add(int id, long nowMs) {
        if (batches.isEmpty() || batches.getLast().recordCount() == batchRecords) {
            batches.add(new Numbers(new ArrayList<>(), nowMs));
        }
        batches.getLast().ids().add(id);
    }

    @Override
    public long readyAtMs() {
        if (batches.isEmpty()) {
            return NEVER;
        }
        Numbers oldest = batches.getFirst();
        return oldest.recordCount() == batchRecords ? Long.MIN_VALUE : oldest.createdMs() + lingerMs;
    }

    @Override
    public long oldestMs() {
        return batches.isEmpty() ? NEVER : batches.getFirst().createdMs();
    }

    @Override
    public int nextBytes() {
        return batches.isEmpty() ? 0 : batches.getFirst().sizeBytes();
    }

    @Override
    public BatchContent take() {
        return batches.removeFirst();
    }
}
