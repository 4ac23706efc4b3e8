package io.sampo.chaos.scale;

import java.io.IOException;

/// Waiting.
final class Pause {
    private Pause() {}

    static void ms(long ms) throws IOException {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
