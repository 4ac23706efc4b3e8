package io.sampo.config.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {

    @Test
    void placesAreReadAsPeopleWriteThem() {
        assertEquals(new Position.Earliest(), Position.parse("earliest"));
        assertEquals(new Position.Latest(), Position.parse("latest"));
        assertEquals(new Position.AtOffset(4711), Position.parse("4711"));
        assertEquals(new Position.Shifted(10), Position.parse("+10"));
        assertEquals(new Position.Shifted(-10), Position.parse("-10"));
        assertEquals(
                new Position.AtTime(Instant.parse("2026-01-31T08:00:00Z")), Position.parse("2026-01-31T08:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "+", "12x", "99999999999999999999", "2026-01-31"})
    void anythingElseIsExplained(String text) {
        var wrong = assertThrows(IllegalArgumentException.class, () -> Position.parse(text));

        assertTrue(String.valueOf(wrong.getMessage()).contains("earliest, latest"));
    }
}
