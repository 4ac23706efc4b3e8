package io.sampo.compatibility.scenario;

import java.nio.charset.StandardCharsets;

/// Bytes that can be told again from a number: half of them compress well, half of them do not.
public final class Payload {
    private Payload() {}

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// `length` bytes that are the same for the same `number`, and others for another.
    public static byte[] of(long number, int length) {
        byte[] bytes = new byte[length];
        long state = number;
        for (int i = 0; i < length; i++) {
            if ((i & 7) == 0) {
                state = mix(state + 0x9e3779b97f4a7c15L);
            }
            bytes[i] = (i & 8) == 0 ? (byte) (state >>> (8 * (i & 7))) : (byte) 'a';
        }
        return bytes;
    }

    /// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
