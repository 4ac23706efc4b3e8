package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class OutcomesTest {
    private final ArrayDeque<Runnable> executor = new ArrayDeque<>();
    private final List<String> told = new ArrayList<>();

    @Test
    void oneTaskOfTheExecutorTellsAllInTheirOrder() {
        Outcomes outcomes = new Outcomes(executor::add);
        outcomes.tell(() -> {
            told.add("first");
            outcomes.tell(() -> told.add("third"));
            assertEquals(List.of("first"), told, "never within another one");
        });
        outcomes.tell(() -> told.add("second"));
        assertEquals(List.of(), told, "not on the thread that decided it");
        assertEquals(1, executor.size());
        executor.remove().run();
        assertEquals(List.of("first", "second", "third"), told);
        outcomes.tell(() -> told.add("fourth"));
        executor.remove().run();
        assertEquals("fourth", told.getLast());
    }

    @Test
    void afterOneThatBreaksOffTheOthersAreTold() {
        Outcomes outcomes = new Outcomes(executor::add);
        outcomes.tell(() -> {
            throw new IllegalStateException("planned by the test");
        });
        outcomes.tell(() -> told.add("second"));
        executor.remove().run();
        assertEquals(List.of("second"), told);
        assertTrue(executor.isEmpty());
    }

    @Test
    void whereNothingRunsAnyMoreTheyAreToldAtOnce() {
        Outcomes outcomes = new Outcomes(_ -> {
            throw new RejectedExecutionException();
        });
        outcomes.tell(() -> told.add("first"));
        assertEquals(List.of("first"), told);
    }
}
