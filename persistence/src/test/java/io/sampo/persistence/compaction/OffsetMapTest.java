package io.sampo.persistence.compaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OffsetMapTest {

    @Property(tries = 100)
    void itAgreesWithAHashMap(@ForAll @Size(max = 200) List<@IntRange(max = 60) Integer> keys) {
        OffsetMap map = new OffsetMap(1 << 20, keys.size(), 0.9);
        Map<Integer, Long> model = new HashMap<>();
        long offset = 0;
        for (int key : keys) {
            assertTrue(map.put(key(key), offset));
            model.put(key, offset++);
        }
        assertEquals(model.size(), map.size());
        for (int key = 0; key <= 60; key++) {
            assertEquals(model.getOrDefault(key, -1L), map.get(key(key)));
        }
        assertEquals(keys.size() - 1, map.latestOffset());
    }

    @Test
    void memoryIsBoundedHoweverManyKeysAreExpected() {
        OffsetMap map = new OffsetMap(24 * 100, Long.MAX_VALUE / 4, 0.5);
        assertEquals(50, map.maxEntries());
        for (int key = 0; key < 50; key++) {
            assertTrue(map.put(key(key), key));
        }
        assertFalse(map.put(key(50), 50));
        assertTrue(map.put(key(7), 51), "a key that is there already always fits");
        assertEquals(51, map.latestOffset());
        assertEquals(-1, map.get(key(50)));
    }

    @Test
    void aKeyIsReadWithoutMovingItsBuffer() {
        OffsetMap map = new OffsetMap(1 << 12, 10, 0.9);
        ByteBuffer key = key(1);
        map.put(key, 3);
        assertEquals(3, map.get(key));
    }

    @Test
    void clearForgetsEverything() {
        OffsetMap map = new OffsetMap(1 << 12, 10, 0.9);
        map.put(key(1), 3);
        map.clear();
        assertEquals(-1, map.get(key(1)));
        assertEquals(-1, map.latestOffset());
        assertEquals(0, map.size());
    }

    private static ByteBuffer key(int key) {
        return ByteBuffer.wrap(("key-" + key).getBytes(StandardCharsets.UTF_8));
    }
}
