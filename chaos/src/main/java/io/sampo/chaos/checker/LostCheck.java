package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// 1 lost: every acknowledged record is in every final read that goes beyond its offset, whichever replica it was
/// read from. A record that several readers miss is lost once.
final class LostCheck implements Check {
    static final String NAME = "lost";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        Map<Place, List<Send>> sends = history.by(Send.class, Send::place);
        Set<Value> told = new HashSet<>();
        for (FinalRead read : history.all(FinalRead.class)) {
            Set<Value> values = new HashSet<>();
            for (Entry entry : read.entries()) {
                values.add(entry.value());
            }
            for (Send send : sends.getOrDefault(read.place(), List.of())) {
                boolean within = send.offset() >= read.start() && send.offset() < read.end();
                if (send.outcome() == Outcome.OK
                        && within
                        && !values.contains(send.value())
                        && told.add(send.value())) {
                    violations.add(new Violation(
                            NAME,
                            send.value() + " was acknowledged at " + read.place() + " offset " + send.offset()
                                    + ", and " + read.process() + " read up to " + read.end() + " without it",
                            List.of(send)));
                }
            }
        }
        return violations;
    }
}
