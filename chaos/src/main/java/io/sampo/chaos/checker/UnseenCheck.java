package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// 2 unseen: after healing, every acknowledged record is below the end of every final read. A history without any
/// final read breaks it with its first acknowledged record: nothing was shown then.
final class UnseenCheck implements Check {
    static final String NAME = "unseen";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        Map<Place, List<FinalRead>> reads = history.by(FinalRead.class, FinalRead::place);
        for (Send send : history.all(Send.class)) {
            if (send.outcome() != Outcome.OK) {
                continue;
            }
            List<Operation> without = new ArrayList<>(reads.getOrDefault(send.place(), List.of()));
            boolean read = !without.isEmpty();
            without.removeIf(each -> send.offset() < ((FinalRead) each).end());
            if (!read || !without.isEmpty()) {
                without.addFirst(send);
                violations.add(new Violation(
                        NAME,
                        send.value() + " was acknowledged at " + send.place() + " offset " + send.offset()
                                + ", where the log ends before it or could not be read",
                        without));
            }
        }
        return violations;
    }
}
