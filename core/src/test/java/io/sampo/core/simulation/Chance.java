package io.sampo.core.simulation;

import java.util.List;
import java.util.SplittableRandom;

/// The dice of one component. Each component has its own, split from the seed of the run by the component's name,
/// so that one more draw in one place does not change what the others do.
final class Chance {
    private final SplittableRandom random;

    Chance(long seed, String component) {
        long mixed = seed;
        for (int i = 0; i < component.length(); i++) {
            mixed = (mixed ^ component.charAt(i)) * 0x100000001B3L;
        }
        random = new SplittableRandom(mixed);
    }

    long nextLong() {
        return random.nextLong();
    }

    /// @return 0 (inclusive) to `bound` (exclusive)
    int below(int bound) {
        return random.nextInt(bound);
    }

    /// Both ends inclusive.
    long between(long from, long to) {
        return from + random.nextLong(to - from + 1);
    }

    boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }

    boolean percent(double percent) {
        return percent > 0 && random.nextDouble() * 100 < percent;
    }

    <T> T of(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /// Waiting time until the next of independent events that happen every `mean` on average; at least 1.
    long exponential(long mean) {
        double u = 1 - random.nextDouble();
        return Math.max(1, (long) (-Math.log(u) * mean));
    }

    /// Uniform in the logarithm: 1 to 10 is as likely as 10 to 100.
    long logUniform(long from, long to) {
        double low = Math.log(from);
        return Math.round(Math.exp(low + random.nextDouble() * (Math.log(to) - low)));
    }
}
