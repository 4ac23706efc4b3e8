package io.sampo.bench;

import io.sampo.bench.Measurement.Figure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// The Markdown table: for each scenario and variant the median of its runs, and for each variant but the yardstick
/// the ratio of its figure to the yardstick's, pair by pair: median and range.
final class Report {
    private Report() {}

    /// Ratio of one variant to the yardstick.
    record Ratio(double median, double lowest, double highest) {}

    static String markdown(List<Runner.Outcome> outcomes, String heading) {
        StringBuilder text = new StringBuilder(heading);
        for (Runner.Outcome outcome : outcomes) {
            text.append("\n### ").append(outcome.scenario().name()).append("\n\n");
            List<Figure> figures = figures(outcome);
            text.append("| |");
            figures.forEach(figure -> text.append(' ').append(figure.label).append(" |"));
            text.append("\n|---|").repeat("---:|", figures.size()).append('\n');
            List<Variant> variants = outcome.scenario().variants();
            for (Variant variant : variants) {
                text.append("| ").append(variant.label()).append(" |");
                for (Figure figure : figures) {
                    text.append(' ')
                            .append(number(median(values(outcome, variant, figure))))
                            .append(" |");
                }
                text.append('\n');
            }
            for (Variant variant : variants.subList(0, variants.size() - 1)) {
                text.append("| **")
                        .append(variant.label())
                        .append(" / ")
                        .append(variants.getLast().label())
                        .append("** |");
                for (Figure figure : figures) {
                    Ratio ratio = ratio(outcome, variant, figure);
                    text.append(String.format(
                            Locale.ROOT, " **%.2f** (%.2f-%.2f) |", ratio.median, ratio.lowest, ratio.highest));
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    static List<Figure> figures(Runner.Outcome outcome) {
        return List.copyOf(
                outcome.runs().values().iterator().next().getFirst().values().keySet());
    }

    /// Pair by pair against the last variant.
    static Ratio ratio(Runner.Outcome outcome, Variant variant, Figure figure) {
        List<Double> mine = values(outcome, variant, figure);
        List<Double> yardstick = values(outcome, outcome.scenario().variants().getLast(), figure);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(mine.size(), yardstick.size()); i++) {
            ratios.add(mine.get(i) / yardstick.get(i));
        }
        ratios.sort(Comparator.naturalOrder());
        return new Ratio(median(ratios), ratios.getFirst(), ratios.getLast());
    }

    static List<Double> values(Runner.Outcome outcome, Variant variant, Figure figure) {
        Map<Variant, List<Measurement>> runs = outcome.runs();
        return Objects.requireNonNull(runs.get(variant)).stream()
                .map(run -> run.values().getOrDefault(figure, Double.NaN))
                .toList();
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static String number(double value) {
        if (value >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
