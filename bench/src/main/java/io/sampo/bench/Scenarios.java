package io.sampo.bench;

import java.util.ArrayList;
import java.util.List;

/// All scenarios, in the order in which they run.
final class Scenarios {
    private static final int KIB = 1024;

    private Scenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        for (String codec : List.of("none", "lz4")) {
            for (int batchKib : List.of(16, 128)) {
                for (int partitions : List.of(1, 16)) {
                    all.add(new ProduceScenario(
                            "produce-1k-batch" + batchKib + "k-" + partitions + "p-" + codec,
                            KIB,
                            batchKib * KIB,
                            partitions,
                            codec,
                            Variant.PAGE_CACHE_PAIR));
                }
            }
        }
        all.add(new ProduceScenario("produce-100b-batch64k-16p", 100, 64 * KIB, 16, "none", Variant.PAGE_CACHE_PAIR));
        all.add(new ConsumeScenario("consume-1p", KIB, 1, Variant.PAGE_CACHE_PAIR));
        all.add(new ConsumeScenario("consume-16p", KIB, 16, Variant.PAGE_CACHE_PAIR));
        all.add(new PacedScenario("latency-one-in-flight", 100, 0, Variant.PAGE_CACHE_PAIR));
        all.add(new PacedScenario("tail-1k-per-second", KIB, 1_000, Variant.PAGE_CACHE_PAIR));
        all.add(new PacedScenario("tail-10k-per-second", KIB, 10_000, Variant.PAGE_CACHE_PAIR));
        all.add(new ProduceScenario("durability-16k-1p", KIB, 16 * KIB, 1, "none", Variant.ALL_DURABILITIES));
        all.add(new ProduceScenario("durability-16k-16p", KIB, 16 * KIB, 16, "none", Variant.ALL_DURABILITIES));
        all.add(new ProduceScenario("durability-128k-1p", KIB, 128 * KIB, 1, "none", Variant.ALL_DURABILITIES));
        all.add(new ManyPartitionsScenario("partitions-1000", 1_000, Variant.DEFAULT_PAIR));
        all.add(new StartScenario("start", 0, Variant.DEFAULT_PAIR));
        all.add(new StartScenario("kill-with-2gib", 2L << 30, Variant.PAGE_CACHE_PAIR));
        return all;
    }
}
