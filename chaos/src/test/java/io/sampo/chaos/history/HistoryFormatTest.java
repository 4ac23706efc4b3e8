package io.sampo.chaos.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.CommittedSeen;
import io.sampo.chaos.history.Operation.Complaint;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Operation.TopicCreated;
import io.sampo.chaos.history.Operation.TopicsSeen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class HistoryFormatTest {
    private static final Place PLACE = new Place("orders-eu", 3);
    private static final List<Entry> ENTRIES =
            List.of(new Entry(7, new Value("p-1", 0), 2), new Entry(8, new Value("p-2", 5), -1));

    static Stream<Operation> oneOfEachKind() {
        return Stream.of(
                new Send(1, 2, "p-1", PLACE, new Value("p-1", 0), Outcome.OK, 7, ""),
                new Send(1, 2, "p-1", PLACE, new Value("p-1", 1), Outcome.INFO, -1, "TimeoutException: too late"),
                new Poll(3, 4, "c-1", "a-2", PLACE, ENTRIES),
                new Poll(3, 4, "c-1", "a-2", PLACE, List.of()),
                new Assigned(3, 4, "c-1", "group", 9, "a-2", PLACE, 7),
                new Commit(5, 6, "c-1", "group", 9, PLACE, 9, Outcome.FAIL),
                new CommittedSeen(5, 6, "admin", "group", PLACE, -1),
                new FinalRead(7, 8, "rack-1", PLACE, 0, 9, ENTRIES),
                new LeaderSeen(7, 8, "probe node-1.0", "topicId", 3, -1, 4),
                new TopicCreated(7, 8, "admin", "orders-eu", Outcome.OK),
                new TopicsSeen(7, 8, "probe node-1.0", List.of("a", "b")),
                new Dump(9, 9, "node-1", PLACE, List.of(new DumpedBatch(0, 4, "abc"), new DumpedBatch(5, 5, "d"))),
                new FaultInjected(1, 9, "node-1", "kill -9"),
                new Healed(9, 9, "driver"),
                new Complaint(9, 9, "node-2", "ERROR invariant broken"));
    }

    @ParameterizedTest
    @MethodSource("oneOfEachKind")
    void aLineReadBackIsTheOperationThatWasWritten(Operation operation) {
        assertEquals(operation, HistoryFormat.parse(HistoryFormat.format(operation)));
    }

    @Test
    void tabsAndLineBreaksInTextDoNotBreakTheLine() {
        Complaint complaint = new Complaint(1, 1, "node-1", "first\n\tat second");

        assertEquals(
                new Complaint(1, 1, "node-1", "first at second"), HistoryFormat.parse(HistoryFormat.format(complaint)));
    }

    @Test
    void whatIsNoLineOfAHistoryIsRefused() {
        for (String line : List.of("", "send", "send\t1\t2\tp", "what\t1\t2\tp", "healed\tx\t2\tp")) {
            assertThrows(IllegalArgumentException.class, () -> HistoryFormat.parse(line), line);
        }
    }

    @Test
    void aFileReadBackHoldsAllOperationsInTheOrderOfInvocation(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("history.txt");
        try (HistoryFile history = new HistoryFile(file)) {
            oneOfEachKind().toList().reversed().forEach(history::add);
        }

        History read = HistoryFile.read(file);

        assertEquals(
                History.of(oneOfEachKind().toList()).operations().size(),
                read.operations().size());
        assertEquals(
                read.operations().stream().map(Operation::invokedUs).sorted().toList(),
                read.operations().stream().map(Operation::invokedUs).toList());
    }

    @Test
    void aDamagedFileIsRefused(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("history.txt");
        Files.writeString(file, "healed\t1\t1\tdriver\nsend\t1\n");

        assertThrows(IOException.class, () -> HistoryFile.read(file));
    }
}
