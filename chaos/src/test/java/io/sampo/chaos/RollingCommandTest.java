package io.sampo.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.chaos.checker.Figures;
import io.sampo.chaos.checker.Verdict;
import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.fault.FaultKind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RollingCommandTest {
    private static final Figures GOOD = new Figures(900, 900, 0, 200_000);

    private static List<String> found(Figures figures, List<Violation> violations, List<String> failed) {
        return RollingCommand.found(new ChaosRun.Result(
                new Verdict(violations, figures), List.of(FaultKind.ROLLING_RESTART), failed, Path.of("history.txt")));
    }

    @Test
    void aRestartThatNobodyNoticesPasses() {
        assertEquals(List.of(), found(GOOD, List.of(), List.of()));
    }

    @Test
    void anErrorThatWasNotRetriedIsFound() {
        assertEquals(
                List.of("2 errors that were not retried"),
                found(new Figures(900, 898, 2, 200_000), List.of(), List.of()));
    }

    @Test
    void aLostRecordIsFound() {
        assertEquals(
                List.of("broken promises: lost 1; see history.txt"),
                found(GOOD, List.of(new Violation("lost", "gone", List.of())), List.of()));
    }

    @Test
    void aNodeThatDoesNotStopIsFound() {
        assertEquals(
                List.of("node-2 did not stop as asked"),
                found(GOOD, List.of(), List.of("node-2 did not stop as asked")));
    }

    @Test
    void aRunWithoutLoadProvesNothing() {
        assertEquals(List.of("nothing was acknowledged"), found(new Figures(0, 0, 0, 0), List.of(), List.of()));
    }
}
