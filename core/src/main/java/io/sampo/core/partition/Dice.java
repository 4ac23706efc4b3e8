package io.sampo.core.partition;

import java.util.SplittableRandom;

/// The only randomness of a replica, from its seed: how long it waits before it campaigns.
final class Dice {
    private final SplittableRandom random;

    Dice(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /// @return 0 (inclusive) to `bound` (exclusive); 0 when the bound is 0
    int below(int bound) {
        return bound == 0 ? 0 : random.nextInt(bound);
    }
}
