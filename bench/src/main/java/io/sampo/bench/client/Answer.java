package io.sampo.bench.client;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a worker answers, on a line that says that it is one: clients write other things to the same output.
public sealed interface Answer {
    String PREFIX = "sampo-bench-answer ";
    String FAILED = "failed ";

    /// The figures of a worker; latencies in microseconds.
    enum Of {
        RECORDS,
        SECONDS,
        CPU_SECONDS,
        ACKNOWLEDGED_P50_US,
        ACKNOWLEDGED_P99_US,
        READ_P50_US,
        READ_P99_US
    }

    /// The work is done.
    record Done(Map<Of, Double> figures) implements Answer {

        /// @throws IllegalStateException when the worker did not say it
        public double figure(Of figure) {
            Double value = figures.get(figure);
            if (value == null) {
                throw new IllegalStateException("the worker did not say " + figure);
            }
            return value;
        }
    }

    /// It could not be done.
    record Failed(String reason) implements Answer {}

    /// One line.
    default String format() {
        return PREFIX
                + switch (this) {
                    case Done(Map<Of, Double> figures) ->
                        figures.entrySet().stream()
                                .map(each -> each.getKey() + "=" + each.getValue())
                                .collect(Collectors.joining(" "));
                    case Failed(String reason) -> FAILED + reason.replace('\n', ' ');
                };
    }

    /// @return empty when the line is something else that the process wrote
    /// @throws IllegalArgumentException when it is an answer that cannot be understood
    static Optional<Answer> parse(String line) {
        if (!line.startsWith(PREFIX)) {
            return Optional.empty();
        }
        String text = line.substring(PREFIX.length());
        if (text.startsWith(FAILED)) {
            return Optional.of(new Failed(text.substring(FAILED.length())));
        }
        Map<Of, Double> figures = new EnumMap<>(Of.class);
        for (String part : text.split(" ", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not a figure: '" + part + "' in: " + line);
            }
            figures.put(Of.valueOf(part.substring(0, equals)), Double.parseDouble(part.substring(equals + 1)));
        }
        return Optional.of(new Done(figures));
    }
}
