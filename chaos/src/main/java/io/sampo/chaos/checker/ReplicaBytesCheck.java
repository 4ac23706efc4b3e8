package io.sampo.chaos.checker;

import io.sampo.chaos.history.DumpedBatch;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// 11 replicas' bytes: up to the high watermark the segments of all replicas hold the same batches, byte for byte,
/// and no replica is behind: there was time to catch up.
final class ReplicaBytesCheck implements Check {
    static final String NAME = "bytes";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        Map<Place, Long> highWatermarks = new HashMap<>();
        for (FinalRead read : history.all(FinalRead.class)) {
            highWatermarks.merge(read.place(), read.end(), Math::max);
        }
        List<Violation> violations = new ArrayList<>();
        history.by(Dump.class, Dump::place).forEach((place, dumps) -> {
            long highWatermark = highWatermarks.getOrDefault(place, 0L);
            Dump first = dumps.getFirst();
            List<DumpedBatch> expected = below(highWatermark, first);
            for (Dump dump : dumps) {
                List<DumpedBatch> found = below(highWatermark, dump);
                long end = found.isEmpty() ? 0 : found.getLast().lastOffset() + 1;
                if (end < highWatermark) {
                    violations.add(new Violation(
                            NAME,
                            place + " on " + dump.process() + " ends at " + end + ", the high watermark is "
                                    + highWatermark,
                            List.of(dump)));
                }
                int same = 0;
                int both = Math.min(expected.size(), found.size());
                while (same < both && expected.get(same).equals(found.get(same))) {
                    same++;
                }
                if (same < both) {
                    violations.add(new Violation(
                            NAME,
                            place + " differs below the high watermark " + highWatermark + ": " + first.process()
                                    + " has " + expected.get(same) + " where " + dump.process() + " has "
                                    + found.get(same),
                            List.of(first, dump)));
                }
            }
        });
        return violations;
    }

    private static List<DumpedBatch> below(long highWatermark, Dump dump) {
        return dump.batches().stream()
                .filter(batch -> batch.lastOffset() < highWatermark)
                .toList();
    }
}
