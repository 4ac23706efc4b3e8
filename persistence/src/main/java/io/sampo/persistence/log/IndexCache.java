package io.sampo.persistence.log;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Bounds the heap that loaded offset indexes take, over all partitions: least recently used out first.
///
/// Thread rule: any thread.
final class IndexCache {
    private final long maxBytes;
    private final LinkedHashMap<SegmentIndexes, Integer> sizes = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    IndexCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /// `index` was used and has now `size` bytes loaded. It stays, even if it alone is larger than the cache.
    synchronized void used(SegmentIndexes index, int size) {
        Integer before = sizes.put(index, size);
        bytes += size - (before == null ? 0 : before);
        Iterator<Map.Entry<SegmentIndexes, Integer>> oldest = sizes.entrySet().iterator();
        while (bytes > maxBytes && sizes.size() > 1) {
            Map.Entry<SegmentIndexes, Integer> entry = oldest.next();
            bytes -= entry.getValue();
            entry.getKey().unload();
            oldest.remove();
        }
    }

    synchronized void forget(SegmentIndexes index) {
        Integer size = sizes.remove(index);
        bytes -= size == null ? 0 : size;
    }

    synchronized long bytes() {
        return bytes;
    }
}
