package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// 5 inconsistent offset: an offset holds one value for ever, on all replicas, and it is the one that was
/// acknowledged there.
final class OffsetCheck implements Check {
    static final String NAME = "offset";

    private record Claim(Value value, Operation by) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        Map<Place, List<Send>> sends = history.by(Send.class, Send::place);
        Map<Place, List<Reading>> readings = Reading.of(history);
        Set<Place> places = new HashSet<>(sends.keySet());
        places.addAll(readings.keySet());
        places.stream().sorted().forEach(place -> {
            Claims claims = new Claims(place, violations);
            for (Send send : sends.getOrDefault(place, List.of())) {
                if (send.outcome() == Outcome.OK) {
                    claims.add(send.offset(), send.value(), send);
                }
            }
            for (Reading reading : readings.getOrDefault(place, List.of())) {
                for (Entry entry : reading.entries()) {
                    claims.add(entry.offset(), entry.value(), reading.by());
                }
            }
        });
        return violations;
    }

    /// Who says what of the offsets of one partition.
    private static final class Claims {
        private final Place place;
        private final List<Violation> violations;
        private final Map<Long, Claim> first = new HashMap<>();
        private final Set<Map.Entry<Long, Value>> told = new HashSet<>();

        private Claims(Place place, List<Violation> violations) {
            this.place = place;
            this.violations = violations;
        }

        private void add(long offset, Value value, Operation by) {
            Claim claim = first.computeIfAbsent(offset, _ -> new Claim(value, by));
            if (!claim.value().equals(value) && told.add(Map.entry(offset, value))) {
                violations.add(new Violation(
                        NAME,
                        place + " offset " + offset + " holds " + claim.value() + " and " + value,
                        List.of(claim.by(), by)));
            }
        }
    }
}
