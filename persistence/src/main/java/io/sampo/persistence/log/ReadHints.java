package io.sampo.persistence.log;

import org.jspecify.annotations.Nullable;

/// Where the last reads ended: a consumer that reads on needs no index lookup.
///
/// Thread rule: any thread.
final class ReadHints {
    private static final int KEPT = 8;

    private @Nullable Location[] hints = {};
    private int[] cuts = {};
    private int next;

    /// @param cutsThen [LogEnd#cuts] when the location was learnt
    synchronized void add(Location location, int cutsThen) {
        if (hints.length == 0) {
            hints = new Location[KEPT];
            cuts = new int[KEPT];
        }
        hints[next] = location;
        cuts[next] = cutsThen;
        next = (next + 1) % KEPT;
    }

    /// The batch that begins with `offset` exactly.
    synchronized @Nullable Location find(long offset, int cutsNow) {
        for (int i = 0; i < hints.length; i++) {
            Location hint = hints[i];
            if (hint != null && hint.baseOffset() == offset && cuts[i] == cutsNow && !hint.segment().removed) {
                return hint;
            }
        }
        return null;
    }

    synchronized void clear() {
        hints = new Location[0];
        cuts = new int[0];
        next = 0;
    }
}
