package io.sampo.chaos.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.chaos.scale.Writes.Outcome;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ScaleFiguresTest {
    private static Outcome outcome(long latencyMs) {
        return new Outcome(new TopicPartition("t", 0), latencyMs);
    }

    @Test
    void processorTimeIsReadBehindACommandThatHoldsAnything() {
        assertEquals(30, ProcessSample.cpuMs("7 (java) 9) S 1 2 3 4 5 6 7 8 9 10 1 2 15 16 20 0 57"));
    }

    @Test
    void numbersHaveLabels() {
        List<String> status = List.of("VmPeak:\t  200 kB", "VmRSS:\t  123 kB");
        assertEquals(123, ProcessSample.number(status, "VmRSS:"));
        assertThrows(IllegalArgumentException.class, () -> ProcessSample.number(status, "Threads:"));
    }

    @Test
    void ratesAreOfTheTimeBetweenTwoSamples() {
        ProcessSample before = new ProcessSample(0, 100, 10, 20, 1, 1, 1);
        ProcessSample after = new ProcessSample(2_000_000_000L, 200, 30, 60, 1, 1, 1);
        assertEquals(5, after.cpuPercent(before));
        assertEquals(10, after.transferCallsPerSecond(before));
        assertEquals(20, after.wakeUpsPerSecond(before));
    }

    @Test
    void theHeapDoesNotCountTheMetaspace() {
        String info = """
                PSYoungGen      total 1K, used 100K [0x0)
                ParOldGen       total 1K, used 2000K [0x0)
                Metaspace       used 60000K, committed 60000K
                """;
        assertEquals(2_100, ScaleRun.usedKib(info));
    }

    @Test
    void whoGotNoAnswerIsCountedApart() {
        List<Outcome> hundred =
                LongStream.rangeClosed(1, 100).mapToObj(i -> outcome(i * 1_000)).toList();
        assertEquals("half 51.00 s, 99 % 100.00 s, last 100.00 s", ScaleRun.distribution(hundred));
        assertEquals(
                "half 1.00 s, 99 % 1.00 s, last 1.00 s; 1 not at all",
                ScaleRun.distribution(List.of(outcome(1_000), outcome(Long.MAX_VALUE))));
        assertEquals("-; 1 not at all", ScaleRun.distribution(List.of(outcome(Long.MAX_VALUE))));
    }
}
