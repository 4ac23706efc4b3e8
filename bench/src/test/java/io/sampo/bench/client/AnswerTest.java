package io.sampo.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.bench.client.Answer.Of;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AnswerTest {

    @Test
    void figuresComeBackAsTheyWereSaid() {
        Answer answer = new Answer.Done(Map.of(Of.RECORDS, 1.25e7, Of.CPU_SECONDS, 0.125));
        assertEquals(Optional.of(answer), Answer.parse(answer.format()));
    }

    @Test
    void aReasonComesBackOnOneLine() {
        assertEquals(
                Optional.of(new Answer.Failed("no route=1 to host")),
                Answer.parse(new Answer.Failed("no route=1\nto host").format()));
    }

    @Test
    void whatAClientLogsIsNoAnswer() {
        assertEquals(Optional.empty(), Answer.parse("12:00:01 WARN NetworkClient: RECORDS=3"));
        assertEquals(Optional.empty(), Answer.parse(""));
    }

    @Test
    void halfAnAnswerIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Answer.parse(Answer.PREFIX + "RECORDS"));
        assertThrows(IllegalArgumentException.class, () -> Answer.parse(Answer.PREFIX + "RECORDS=many"));
        assertThrows(IllegalArgumentException.class, () -> Answer.parse(Answer.PREFIX + "COLOUR=1"));
    }

    @Test
    void aFigureThatWasNotSaidIsMissed() {
        Answer.Done answer = new Answer.Done(Map.of(Of.RECORDS, 1.0));
        assertThrows(IllegalStateException.class, () -> answer.figure(Of.READ_P99_US));
    }
}
