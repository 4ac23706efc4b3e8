package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import java.util.ArrayList;
import java.util.List;

/// All checks together. The numbers are those of the design (replication.md 5.3); 8, transactions, comes with them.
public final class Checker {
    private final List<Check> checks;

    /// @param recoveryLimitUs within which every partition has to take writes again after the healing
    public Checker(long recoveryLimitUs) {
        this.checks = List.of(
                new LostCheck(), // 1
                new UnseenCheck(), // 2
                new PhantomCheck(), // 3
                new DuplicateCheck(), // 4
                new OffsetCheck(), // 5
                new OrderCheck(), // 6
                new PollCheck(), // 7
                new GroupCheck(), // 9
                new MetadataCheck(), // 10
                new ReplicaBytesCheck(), // 11
                new RecoveryCheck(recoveryLimitUs), // 12
                new InvariantCheck()); // 13
    }

    public Verdict check(History history) {
        List<Violation> violations = new ArrayList<>();
        for (Check each : checks) {
            violations.addAll(each.check(history));
        }
        return new Verdict(violations, Figures.of(history));
    }
}
