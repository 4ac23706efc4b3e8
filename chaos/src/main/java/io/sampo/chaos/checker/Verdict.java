package io.sampo.chaos.checker;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What the checker says of a run.
public record Verdict(List<Violation> violations, Figures figures) {
    private static final int SHOWN = 5;

    public Verdict {
        violations = List.copyOf(violations);
    }

    public boolean isClean() {
        return violations.isEmpty();
    }

    /// Violations that the check of this name found.
    public long count(String check) {
        return violations.stream().filter(each -> each.check().equals(check)).count();
    }

    /// For people: counts by check, and the first few of each with their evidence.
    @Override
    public String toString() {
        if (violations.isEmpty()) {
            return "no violation; " + figures;
        }
        Map<String, List<Violation>> byCheck =
                violations.stream().collect(Collectors.groupingBy(Violation::check, TreeMap::new, Collectors.toList()));
        StringBuilder text = new StringBuilder();
        byCheck.forEach((check, found) -> {
            text.append(check).append(": ").append(found.size()).append(" violations\n");
            found.stream()
                    .limit(SHOWN)
                    .forEach(each -> text.append("  ").append(each).append('\n'));
        });
        return text.append(figures).toString();
    }
}
