package io.sampo.tcp.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BufferPoolTest {

    @Test
    void buffersUpToTheLargestPooledSizeAreUsedAgainAndLargerOnesAreGivenBack() {
        int largest = 8 * 1024 * 1024;
        BufferPool pool = new BufferPool(4L * largest, largest);
        BufferPool.Buffer kept = pool.acquire(largest - 1);
        pool.release(kept);
        assertSame(kept, pool.acquire(largest));

        BufferPool.Buffer larger = pool.acquire(largest + 1);
        pool.release(larger);
        assertFalse(larger.arena().scope().isAlive());
        assertEquals(0, pool.pooledBytes());
        assertThrows(IllegalArgumentException.class, () -> new BufferPool(largest, largest - 1));
    }

    @Test
    void aClosedPoolKeepsNothingAndWhatIsInUseStaysValid() {
        BufferPool pool = new BufferPool(1024 * 1024);
        BufferPool.Buffer inUse = pool.acquire(1_000);
        BufferPool.Buffer kept = pool.acquire(5_000);
        pool.release(kept);
        assertEquals(8192, pool.pooledBytes());

        pool.close();

        assertFalse(kept.arena().scope().isAlive());
        assertEquals(0, pool.pooledBytes());
        inUse.bytes().put(0, (byte) 7);
        assertTrue(inUse.arena().scope().isAlive());
        pool.release(inUse);
        assertFalse(inUse.arena().scope().isAlive());
        assertEquals(0, pool.pooledBytes());
    }
}
