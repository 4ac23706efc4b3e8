package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// 3 phantom: whatever is read was sent, to that partition, before it was read, and was not refused for certain.
final class PhantomCheck implements Check {
    static final String NAME = "phantom";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        Map<Value, Send> sent = new HashMap<>();
        history.all(Send.class).forEach(send -> sent.put(send.value(), send));
        List<Violation> violations = new ArrayList<>();
        Set<Value> told = new HashSet<>();
        Reading.of(history)
                .values()
                .forEach(readings -> readings.forEach(reading -> {
                    for (Entry entry : reading.entries()) {
                        Send send = sent.get(entry.value());
                        String wrong = wrong(reading, send);
                        if (wrong != null && told.add(entry.value())) {
                            List<Operation> evidence =
                                    send == null ? List.of(reading.by()) : List.of(send, reading.by());
                            violations.add(new Violation(
                                    NAME,
                                    entry.value() + " was read at " + reading.place() + " offset " + entry.offset()
                                            + wrong,
                                    evidence));
                        }
                    }
                }));
        return violations;
    }

    private static @Nullable String wrong(Reading reading, @Nullable Send send) {
        if (send == null) {
            return " and never sent";
        }
        if (!send.place().equals(reading.place())) {
            return " and was sent to " + send.place();
        }
        if (send.outcome() == Outcome.FAIL) {
            return " and was refused";
        }
        return reading.by().completedUs() < send.invokedUs() ? " before it was sent" : null;
    }
}
