package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// 4 duplicate: an idempotent producer's record has one offset, also when its outcome is unknown.
final class DuplicateCheck implements Check {
    static final String NAME = "duplicate";

    private record Seen(long offset, Operation by) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        Reading.of(history).forEach((place, readings) -> {
            Map<Value, Seen> first = new HashMap<>();
            Set<Entry> told = new HashSet<>();
            for (Reading reading : readings) {
                for (Entry entry : reading.entries()) {
                    Seen seen = first.computeIfAbsent(entry.value(), _ -> new Seen(entry.offset(), reading.by()));
                    if (seen.offset() != entry.offset() && told.add(new Entry(entry.offset(), entry.value(), 0))) {
                        violations.add(new Violation(
                                NAME,
                                entry.value() + " is at " + place + " offsets " + seen.offset() + " and "
                                        + entry.offset(),
                                List.of(seen.by(), reading.by())));
                    }
                }
            }
        });
        return violations;
    }
}
