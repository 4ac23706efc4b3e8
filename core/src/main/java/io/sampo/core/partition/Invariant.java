package io.sampo.core.partition;

/// Checks that are always on. A violation is a bug or damage: the partition stops loudly, the process lives.
public final class Invariant {
    private Invariant() {}

    public static void check(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new Violated("Invariant violated: " + String.format(java.util.Locale.ROOT, message, arguments));
        }
    }

    public static final class Violated extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violated(String message) {
            super(message);
        }
    }
}
