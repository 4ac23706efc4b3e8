package io.sampo.bench;

import java.util.EnumMap;
import java.util.Map;

/// The figures of one run.
record Measurement(Map<Figure, Double> values) {

    enum Figure {
        THROUGHPUT("MiB/s"),
        RECORDS("records/s"),
        P50("p50 ms"),
        P99("p99 ms"),
        P999("p99.9 ms"),
        ACKNOWLEDGED_P50("acknowledged p50 ms"),
        ACKNOWLEDGED_P99("acknowledged p99 ms"),
        READ_P50("end to end p50 ms"),
        READ_P99("end to end p99 ms"),
        CPU_PER_GIB("CPU s/GiB"),
        CPU_CORES("CPU cores"),
        PEAK_MEMORY("peak MiB"),
        SECONDS("seconds");

        final String label;

        Figure(String label) {
            this.label = label;
        }
    }

    static final class Builder {
        private final Map<Figure, Double> values = new EnumMap<>(Figure.class);

        Builder with(Figure figure, double value) {
            values.put(figure, value);
            return this;
        }

        /// The CPU time that a process used for `bytes`, and how busy it was.
        Builder cpu(double cpuSeconds, double bytes, double seconds) {
            values.put(Figure.CPU_PER_GIB, cpuSeconds / (bytes / (1L << 30)));
            values.put(Figure.CPU_CORES, cpuSeconds / seconds);
            return this;
        }

        Measurement build() {
            return new Measurement(new EnumMap<>(values));
        }
    }
}
