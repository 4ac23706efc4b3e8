package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class CatchUpReadsTest {
    private final Queue<Runnable> threads = new ArrayDeque<>();
    private final List<Integer> read = new ArrayList<>();
    private final CatchUpReads reads = new CatchUpReads(threads::add, 2);

    private void ask(int from, int to) {
        for (int i = from; i < to; i++) {
            int number = i;
            reads.read(() -> read.add(number));
        }
    }

    @Test
    void noMoreThanSoManyThreadsReadHoweverManyAsk() {
        ask(0, 1_000);
        assertEquals(2, threads.size());
        assertEquals(List.of(), read, "never on the thread that asks");
    }

    @Test
    void whoAskedFirstIsServedFirstAndNobodyIsForgotten() {
        ask(0, 5);
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
        assertEquals(List.of(0, 1, 2, 3, 4), read);
        ask(5, 7);
        assertEquals(2, threads.size(), "threads that found nothing more were given back");
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6), read);
    }
}
