package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// 12 recovery: after healing, a record sent to any partition is acknowledged within the limit, and every partition
/// can be read to its end. A history that was never healed, or without a record sent afterwards, breaks it: nothing
/// was shown then.
final class RecoveryCheck implements Check {
    static final String NAME = "recovery";

    private final long limitUs;

    RecoveryCheck(long limitUs) {
        this.limitUs = limitUs;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        Map<Place, List<Send>> sends = history.by(Send.class, Send::place);
        Map<Place, List<FinalRead>> reads = history.by(FinalRead.class, FinalRead::place);
        Optional<Healed> healed = history.all(Healed.class).stream().max(Comparator.comparingLong(Healed::completedUs));
        if (healed.isEmpty()) {
            return List.of(new Violation(NAME, "nothing was healed", List.of()));
        }
        sends.forEach((place, all) -> {
            if (!reads.containsKey(place)) {
                violations.add(new Violation(NAME, place + " could not be read to its end", List.of()));
            }
            checkWrites(place, all, healed.get(), violations);
        });
        return violations;
    }

    private void checkWrites(Place place, List<Send> sends, Healed healed, List<Violation> violations) {
        Optional<Send> first = sends.stream()
                .filter(send -> send.outcome() == Outcome.OK && send.invokedUs() >= healed.completedUs())
                .min(Comparator.comparingLong(Send::completedUs));
        if (first.isEmpty()) {
            violations.add(new Violation(NAME, place + " took no record that was sent after healing", List.of(healed)));
        } else if (first.get().completedUs() - healed.completedUs() > limitUs) {
            violations.add(new Violation(
                    NAME,
                    place + " took its first record " + (first.get().completedUs() - healed.completedUs()) / 1_000
                            + " ms after healing, and may take " + limitUs / 1_000,
                    List.of(healed, first.get())));
        }
    }
}
