package io.sampo.core.partition;

import org.jspecify.annotations.Nullable;

/// Checks that are always on. A violation is a bug or damage: the partition stops loudly, the process lives.
public final class Invariant {
    private Invariant() {}

    public static void check(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new Violated("Invariant violated: " + String.format(java.util.Locale.ROOT, message, arguments));
        }
    }

    /// The value, which by construction is there.
    public static <T> T present(@Nullable T value, String what) {
        if (value == null) {
            throw new Violated("Invariant violated: no " + what);
        }
        return value;
    }

    public static final class Violated extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violated(String message) {
            super(message);
        }
    }
}
