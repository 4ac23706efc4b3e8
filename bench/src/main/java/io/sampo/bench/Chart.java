package io.sampo.bench;

import io.sampo.bench.Measurement.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The ratios Sampo/Kafka as horizontal bars on a logarithmic axis with 1.0 in the middle; whiskers show the
/// range over pairs.
final class Chart {
    private static final int WIDTH = 860;
    private static final int LABEL_WIDTH = 330;
    private static final int ROW_HEIGHT = 20;
    private static final int TOP = 46;
    /// The axis ends at these ratios.
    private static final double FARTHEST = 8.0;

    private Chart() {}

    private record Bar(String label, Report.Ratio ratio, boolean good) {}

    static String svg(List<Runner.Outcome> outcomes) {
        List<Bar> bars = new ArrayList<>();
        for (Runner.Outcome outcome : outcomes) {
            Variant first = outcome.scenario().variants().getFirst();
            for (Figure figure : Report.figures(outcome)) {
                boolean shown = switch (figure) {
                    case THROUGHPUT, P99, CPU_PER_GIB, SECONDS -> true;
                    case RECORDS,
                            P50,
                            P999,
                            CPU_CORES,
                            PEAK_MEMORY,
                            ACKNOWLEDGED_P50,
                            ACKNOWLEDGED_P99,
                            READ_P50,
                            READ_P99 -> false;
                };
                if (shown) {
                    Report.Ratio ratio = Report.ratio(outcome, first, figure);
                    boolean good = figure == Figure.THROUGHPUT ? ratio.median() >= 1 : ratio.median() <= 1;
                    bars.add(new Bar(outcome.scenario().name() + " · " + figure.label, ratio, good));
                }
            }
        }
        int height = TOP + bars.size() * ROW_HEIGHT + 20;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">%n"
                        + "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n"
                        + "<text x=\"10\" y=\"18\" font-size=\"14\">Sampo / Apache Kafka, median of pairs (line: range)."
                        + " MiB/s: right is better; all others: left is better.</text>%n",
                WIDTH,
                height,
                WIDTH,
                height));
        for (double mark : new double[] {0.125, 0.25, 0.5, 1, 2, 4, 8}) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%1$.1f\" y1=\"%2$d\" x2=\"%1$.1f\" y2=\"%3$d\" stroke=\"%4$s\"/>"
                            + "<text x=\"%1$.1f\" y=\"%5$d\" text-anchor=\"middle\" fill=\"#555\">%6$s</text>%n",
                    x(mark),
                    TOP - 4,
                    height - 16,
                    mark == 1 ? "#333" : "#ddd",
                    TOP - 10,
                    mark < 1 ? "1/" + Math.round(1 / mark) : Long.toString(Math.round(mark))));
        }
        for (int i = 0; i < bars.size(); i++) {
            append(svg, bars.get(i), TOP + i * ROW_HEIGHT);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void append(StringBuilder svg, Bar bar, int y) {
        double from = Math.min(x(1), x(bar.ratio.median()));
        double to = Math.max(x(1), x(bar.ratio.median()));
        int middle = y + ROW_HEIGHT / 2;
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                        + "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
                        + "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#000\"/>"
                        + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.2f</text>%n",
                LABEL_WIDTH - 8,
                middle + 4,
                bar.label,
                from,
                y + 4,
                Math.max(1, to - from),
                ROW_HEIGHT - 8,
                bar.good ? "#2a7f5f" : "#c0542d",
                x(bar.ratio.lowest()),
                middle,
                x(bar.ratio.highest()),
                middle,
                WIDTH - 6,
                middle + 4,
                bar.ratio.median()));
    }

    private static double x(double ratio) {
        double clamped = Math.clamp(ratio, 1 / FARTHEST, FARTHEST);
        double middle = LABEL_WIDTH + (WIDTH - 50 - LABEL_WIDTH) / 2.0;
        return middle + Math.log(clamped) / Math.log(FARTHEST) * (WIDTH - 50 - LABEL_WIDTH) / 2.0;
    }
}
