package io.sampo.persistence.compaction;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// Maps the hash of a key to the last offset at which the key was written, in memory of a fixed size.
///
/// Keys are not kept: 128 bits of their SHA-256 stand for them, 24 bytes for an entry. Two keys with the same 128
/// bits would lose one of them, so the hash is one for which nobody can make a pair on purpose.
///
/// Thread rule: one thread.
public final class OffsetMap {
    /// Two words of hash, one of offset.
    public static final int BYTES_PER_ENTRY = 24;

    private static final int WORDS_PER_ENTRY = 3;
    private static final int MIN_SLOTS = 16;

    private final long[] words;
    private final int slots;
    private final int maxEntries;
    private final MessageDigest digest;
    private int size;
    private long latestOffset = -1;

    /// @param memoryBytes upper bound of the memory for entries (`log.cleaner.dedupe.buffer.size`)
    /// @param expectedEntries how many offsets will be put at most; the map is not larger than they need
    /// @param loadFactor 0..1, how full it may become (`log.cleaner.io.buffer.load.factor`)
    public OffsetMap(long memoryBytes, long expectedEntries, double loadFactor) {
        long wanted = (long) Math.ceil(expectedEntries / loadFactor) + 1;
        long affordable = Math.min(memoryBytes / BYTES_PER_ENTRY, Integer.MAX_VALUE / WORDS_PER_ENTRY - 1);
        this.slots = (int) Math.max(MIN_SLOTS, Math.min(wanted, affordable));
        this.maxEntries = Math.max(1, (int) (slots * loadFactor));
        this.words = new long[slots * WORDS_PER_ENTRY];
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Remembers that `key` was written at `offset`; offsets come in ascending order.
    ///
    /// @return false when the map is full and the key is a new one; nothing was changed then
    public boolean put(ByteBuffer key, long offset) {
        int slot = slotOf(key);
        if (words[slot + 2] == 0) {
            if (size >= maxEntries) {
                return false;
            }
            size++;
        }
        words[slot] = hashHigh;
        words[slot + 1] = hashLow;
        words[slot + 2] = offset + 1;
        latestOffset = Math.max(latestOffset, offset);
        return true;
    }

    /// The offset last put for the key, -1 if there is none.
    public long get(ByteBuffer key) {
        return words[slotOf(key) + 2] - 1;
    }

    /// Everything up to this offset (inclusive) has been looked at; -1 for nothing.
    public long latestOffset() {
        return latestOffset;
    }

    /// Offsets without a key were looked at too.
    public void updateLatestOffset(long offset) {
        latestOffset = Math.max(latestOffset, offset);
    }

    public int size() {
        return size;
    }

    public int maxEntries() {
        return maxEntries;
    }

    public void clear() {
        Arrays.fill(words, 0);
        size = 0;
        latestOffset = -1;
    }

    // Hash of the key of the last slotOf: two results without an allocation.
    private long hashHigh;
    private long hashLow;

    /// Index of the first word of the key's entry, or of the free slot where it belongs. There is always a free
    /// slot.
    private int slotOf(ByteBuffer key) {
        digest.update(key.duplicate());
        byte[] hash = digest.digest();
        ByteBuffer view = ByteBuffer.wrap(hash);
        hashHigh = view.getLong(0);
        hashLow = view.getLong(8);
        int index = (int) Math.floorMod(hashLow, (long) slots);
        while (true) {
            int slot = index * WORDS_PER_ENTRY;
            if (words[slot + 2] == 0 || (words[slot] == hashHigh && words[slot + 1] == hashLow)) {
                return slot;
            }
            index = index + 1 == slots ? 0 : index + 1;
        }
    }
}
