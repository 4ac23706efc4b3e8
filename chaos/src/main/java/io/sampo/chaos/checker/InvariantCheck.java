package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.Complaint;
import java.util.List;

/// 13 invariants: no node says that one of its invariants is broken, and none ends by itself.
final class InvariantCheck implements Check {
    static final String NAME = "invariant";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        return history.all(Complaint.class).stream()
                .map(each -> new Violation(NAME, each.process() + ": " + each.line(), List.of(each)))
                .toList();
    }
}
