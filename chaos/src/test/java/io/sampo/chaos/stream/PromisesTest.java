package io.sampo.chaos.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.sampo.chaos.checker.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Each promise broken once, and the nearest story that keeps it.
final class PromisesTest {
    private final Account account = new Account();

    /// `count` records of one key, acknowledged where they are written.
    private void write(int count) {
        for (int number = 0; number < count; number++) {
            account.sent(item(number));
            account.acknowledged(item(number), spot(number));
            account.written(item(number), spot(number));
        }
    }

    private void handle(String member, int... numbers) {
        for (int number : numbers) {
            account.begins(member, item(number), spot(number));
            account.ends(member, item(number));
        }
    }

    private static Item item(long number) {
        return new Item("k", number);
    }

    private static Spot spot(long offset) {
        return new Spot(0, offset);
    }

    private List<String> broken() {
        return Promises.broken(account.told()).stream().map(Violation::check).toList();
    }

    @Test
    void whatIsHandledAgainFromBeforeBreaksNothing() {
        write(4);
        handle("one", 0, 1, 2);
        handle("two", 1, 2, 3);
        assertEquals(List.of(), broken());
        assertEquals(2, Promises.repeated(account.told()));
    }

    @Test
    void whoComesAndLeavesARecordOutIsFound() {
        write(4);
        handle("one", 0);
        handle("two", 2, 3);
        handle("one", 1);
        assertEquals(List.of("left-out"), broken());
    }

    @Test
    void whoGetsAPartitionBackGoesOnWhereTheOtherOneWas() {
        write(5);
        handle("one", 0, 1);
        handle("two", 1, 2, 3);
        handle("one", 4);
        assertEquals(List.of(), broken());
    }

    @Test
    void disorderAmongWhatIsHandledAgainIsFound() {
        write(5);
        handle("one", 0, 1, 2, 3, 4);
        handle("two", 1, 3, 2, 3, 4);
        assertEquals(List.of("leap"), broken());
    }

    @Test
    void anAcknowledgedRecordThatNobodyHandlesIsFound() {
        write(2);
        handle("one", 0);
        assertEquals(1, account.missingCount());
        assertEquals(List.of("unhandled"), broken());
    }

    @Test
    void whatASinkAcknowledgesAtItsEndIsMissedToo() {
        account.sent(item(0));
        account.sent(item(1));
        account.written(item(0), spot(0));
        account.written(item(1), spot(1));
        handle("one", 0);
        assertEquals(List.of(), broken());
        account.allAcknowledged(List.of("k"));
        assertEquals(1, account.missingCount());
        assertEquals(List.of("unhandled"), broken());
    }

    @Test
    void anAcknowledgedRecordThatIsNotThereIsFound() {
        write(1);
        account.sent(item(1));
        account.acknowledged(item(1), spot(1));
        handle("one", 0);
        assertEquals(List.of("lost", "unhandled"), broken());
    }

    @Test
    void aRecordThatWasNotAcknowledgedMayBeThereOrNot() {
        write(1);
        account.sent(item(1));
        account.sent(item(2));
        account.written(item(1), spot(1));
        handle("one", 0, 1);
        assertEquals(List.of(), broken());
    }

    @Test
    void aRecordThatIsThereTwiceIsFound() {
        write(2);
        account.written(item(1), spot(2));
        handle("one", 0, 1);
        account.begins("one", item(1), spot(2));
        assertEquals(List.of("twice"), broken());
    }

    @Test
    void aRecordOutOfOrderIsFound() {
        account.sent(item(0));
        account.sent(item(1));
        account.written(item(1), spot(0));
        account.written(item(0), spot(1));
        assertEquals(List.of("order"), broken());
    }

    @Test
    void aRecordThatNobodySentIsFound() {
        write(1);
        account.written(item(1), spot(1));
        handle("one", 0);
        assertEquals(List.of("phantom"), broken());
    }

    @Test
    void anAcknowledgementThatNamesAnotherPlaceIsFound() {
        account.sent(item(0));
        account.acknowledged(item(0), spot(7));
        account.written(item(0), spot(0));
        handle("one", 0);
        assertEquals(List.of("place"), broken());
    }

    @Test
    void whatIsHandledAndIsNotInTheTopicIsFound() {
        write(1);
        handle("one", 0);
        account.begins("one", item(0), spot(5));
        assertEquals(List.of("changed"), broken());
    }

    @Test
    void twoHandlersOfOneKeyAtATimeAreFound() {
        write(2);
        account.begins("one", item(0), spot(0));
        account.begins("one", item(1), spot(1));
        assertEquals(List.of("overlap"), broken());
    }

    @Test
    void aCommitThatDoesNotComeToTheEndIsFound() {
        write(2);
        handle("one", 0, 1);
        account.ends(Map.of(0, 2L, 1, 0L));
        account.committed(Map.of(0, 2L));
        assertEquals(List.of(), broken());
        account.committed(Map.of(0, 1L));
        assertEquals(List.of("commit"), broken());
    }

    @Test
    void aLongRunIsJudgedSoon() {
        int count = 15_000;
        for (int key = 0; key < 24; key++) {
            for (int number = 0; number < count; number++) {
                Item item = new Item("flow-" + key, number);
                Spot spot = new Spot(key, number);
                account.sent(item);
                account.acknowledged(item, spot);
                account.written(item, spot);
                account.begins("one", item, spot);
                account.ends("one", item);
            }
        }
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertEquals(List.of(), broken()));
    }

    @Test
    void aStreamThatFailsIsFound() {
        account.failed("the sink failed");
        assertEquals(List.of("failure"), broken());
    }
}
