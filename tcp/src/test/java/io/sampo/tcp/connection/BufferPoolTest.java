package io.sampo.tcp.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BufferPoolTest {

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
