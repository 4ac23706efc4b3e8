package io.sampo.core.simulation;

import org.jspecify.annotations.Nullable;

/// An invariant does not hold.
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String invariant, String message) {
        super(invariant + ": " + message);
    }

    static void check(boolean holds, String invariant, String message, @Nullable Object... arguments) {
        if (!holds) {
            throw new Violation(invariant, String.format(java.util.Locale.ROOT, message, arguments));
        }
    }
}
