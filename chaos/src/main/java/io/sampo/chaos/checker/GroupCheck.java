package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.CommittedSeen;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// 9 group: a commit that was acknowledged is not forgotten: whoever asks later, above all the next owner of the
/// partition, is told that offset or a later commit's, and nothing that nobody committed. So a committed offset
/// never goes back.
///
/// Members of the test commit rising offsets, each from where it was told to begin.
final class GroupCheck implements Check {
    static final String NAME = "group";

    private record GroupPlace(String group, Place place) implements Comparable<GroupPlace> {
        @Override
        public int compareTo(GroupPlace other) {
            int byGroup = group.compareTo(other.group);
            return byGroup != 0 ? byGroup : place.compareTo(other.place);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    /// What an observer was told of a committed offset.
    private record Told(Operation by, GroupPlace place, long offset) {}

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        Map<GroupPlace, List<Commit>> commits =
                history.by(Commit.class, commit -> new GroupPlace(commit.group(), commit.place()));
        Map<GroupPlace, List<Told>> earlier = new TreeMap<>();
        for (Operation each : history.operations()) {
            Told told = switch (each) {
                case Assigned o -> new Told(o, new GroupPlace(o.group(), o.place()), o.position());
                case CommittedSeen o -> new Told(o, new GroupPlace(o.group(), o.place()), o.offset());
                default -> null;
            };
            if (told != null) {
                List<Told> before = earlier.computeIfAbsent(told.place(), _ -> new ArrayList<>());
                check(told, commits.getOrDefault(told.place(), List.of()), before, violations);
                before.add(told);
            }
        }
        return violations;
    }

    private static void check(Told told, List<Commit> commits, List<Told> earlier, List<Violation> violations) {
        Operation known = null;
        long atLeast = -1;
        Commit reached = null;
        for (Commit each : commits) {
            boolean done = each.outcome() == Outcome.OK
                    && each.completedUs() <= told.by().invokedUs();
            if (done && each.offset() > atLeast) {
                known = each;
                atLeast = each.offset();
            }
            boolean possible = each.outcome() != Outcome.FAIL
                    && each.invokedUs() <= told.by().completedUs();
            if (possible && (reached == null || each.offset() > reached.offset())) {
                reached = each;
            }
        }
        for (Told each : earlier) {
            if (each.by().completedUs() <= told.by().invokedUs() && each.offset() > Math.max(atLeast, 0)) {
                known = each.by();
                atLeast = each.offset();
            }
        }
        String place = told.place().place().toString();
        if (known != null && told.offset() < atLeast) {
            violations.add(violation(
                    told.by(),
                    place + ": offset " + atLeast + " was committed, and later it is " + told.offset(),
                    known));
        }
        if (told.offset() > (reached == null ? 0 : reached.offset())) {
            violations.add(
                    violation(told.by(), place + ": offset " + told.offset() + " is committed by nobody", reached));
        }
    }

    private static Violation violation(Operation seen, String message, @Nullable Operation known) {
        return new Violation(NAME, message, known == null ? List.of(seen) : List.of(known, seen));
    }
}
