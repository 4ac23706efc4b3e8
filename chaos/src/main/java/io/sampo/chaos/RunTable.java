package io.sampo.chaos;

import io.sampo.chaos.checker.Verdict;
import io.sampo.chaos.fault.FaultKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The results of runs as Markdown.
final class RunTable {
    private static final String HEAD =
            "| %s | %s | acknowledged | lost | duplicated | order | other | longest gap s |%n|---|---:|---:|---:|---:|---:|---:|---:|";

    private final List<ChaosRun.Result> results = new ArrayList<>();

    void add(ChaosRun.Result result) {
        results.add(result);
    }

    static String runHead() {
        return String.format(Locale.ROOT, HEAD, "run", "faults");
    }

    /// One row for a run.
    static String runRow(String name, ChaosRun.Result result) {
        return row(name, result.injected().size(), List.of(result));
    }

    /// One row for each fault: the runs that it was part of; and one for all runs.
    String byFault() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, HEAD, "fault", "runs"));
        for (FaultKind kind : FaultKind.values()) {
            List<ChaosRun.Result> with = results.stream()
                    .filter(each -> each.injected().contains(kind))
                    .toList();
            if (!with.isEmpty()) {
                lines.add(row(kind.spelling(), with.size(), with));
            }
        }
        lines.add(row("all", results.size(), results));
        return String.join(System.lineSeparator(), lines);
    }

    private static String row(String name, int count, List<ChaosRun.Result> results) {
        List<Verdict> verdicts = results.stream().map(ChaosRun.Result::verdict).toList();
        long lost = count(verdicts, "lost") + count(verdicts, "unseen");
        long duplicated = count(verdicts, "duplicate");
        long order = count(verdicts, "order") + count(verdicts, "offset");
        long all = verdicts.stream().mapToLong(each -> each.violations().size()).sum();
        double gap = verdicts.stream()
                        .mapToLong(each -> each.figures().longestGapUs())
                        .max()
                        .orElse(0)
                / 1e6;
        long acknowledged = verdicts.stream()
                .mapToLong(each -> each.figures().acknowledged())
                .sum();
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %d | %d | %d | %.1f |",
                name,
                count,
                acknowledged,
                lost,
                duplicated,
                order,
                all - lost - duplicated - order,
                gap);
    }

    private static long count(List<Verdict> verdicts, String check) {
        return verdicts.stream().mapToLong(each -> each.count(check)).sum();
    }

    /// Which checks found something, with counts; empty when none did.
    static String found(Verdict verdict) {
        return new HashSet<>(
                        verdict.violations().stream().map(each -> each.check()).toList())
                .stream()
                        .sorted()
                        .map(check -> check + " " + verdict.count(check))
                        .collect(Collectors.joining(", "));
    }
}
