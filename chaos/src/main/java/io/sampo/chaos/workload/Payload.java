package io.sampo.chaos.workload;

import io.sampo.chaos.history.Value;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A value as the bytes of a record: its text, and spaces up to a size.
final class Payload {
    private static final int SIZE_BYTES = 300;

    private Payload() {}

    static byte[] bytes(Value value) {
        byte[] text = value.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(text, Math.max(SIZE_BYTES, text.length));
        Arrays.fill(bytes, text.length, bytes.length, (byte) ' ');
        return bytes;
    }

    /// Bytes that nobody sent are a value too, so that the checker gets to see them.
    static Value value(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.US_ASCII).strip();
        try {
            return Value.parse(text);
        } catch (IllegalArgumentException _) {
            return new Value("unreadable-" + Arrays.hashCode(bytes), bytes.length);
        }
    }
}
