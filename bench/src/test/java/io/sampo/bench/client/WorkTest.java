package io.sampo.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class WorkTest {

    @Test
    void workComesAsItWasSent() {
        Work work = new Work(Work.Kind.READ, "read-1k-1", 6, 1024, 1_048_582, 8);
        assertEquals(work, Work.parse(work.format()));
    }

    @Test
    void anythingElseIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Work.parse("READ topic 6"));
        assertThrows(IllegalArgumentException.class, () -> Work.parse("REST topic 6 1024 0 8"));
        assertThrows(IllegalArgumentException.class, () -> Work.parse("READ topic six 1024 0 8"));
    }
}
