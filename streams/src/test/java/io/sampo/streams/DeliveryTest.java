package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private final List<String> acks = new ArrayList<>();

    private Delivery<String> delivery(String name) {
        return Delivery.of(name, () -> acks.add(name));
    }

    @Test
    void isAcknowledgedOnceHoweverOftenAndThroughWhicheverItWasMappedTo() {
        Delivery<String> first = delivery("a");
        Delivery<Integer> mapped = first.map(String::length);
        assertEquals(1, mapped.get());
        assertFalse(first.isAcknowledged());
        mapped.ack();
        first.ack();
        mapped.with("other").ack();
        assertEquals(List.of("a"), acks);
        assertTrue(first.isAcknowledged());
    }

    @Test
    void aSplitOneIsAcknowledgedWithItsLastPart() {
        Delivery<String> whole = delivery("a b c");
        List<Delivery<String>> parts = whole.split(text -> List.of(text.split(" ", -1)));
        assertEquals(List.of("a", "b", "c"), parts.stream().map(Delivery::get).toList());
        parts.get(2).ack();
        parts.get(0).ack();
        parts.get(0).ack();
        assertTrue(acks.isEmpty(), "one part acknowledged twice is not two parts");
        parts.get(1).ack();
        assertEquals(List.of("a b c"), acks);
    }

    @Test
    void splitIntoNothingThereIsNothingToWaitFor() {
        assertTrue(delivery("a").split(_ -> List.of()).isEmpty());
        assertEquals(List.of("a"), acks);
    }

    @Test
    void severalAsOneAreAcknowledgedTogether() {
        Delivery<List<String>> batch = Delivery.all(List.of(delivery("a"), delivery("b")));
        assertEquals(List.of("a", "b"), batch.get());
        assertTrue(acks.isEmpty());
        batch.ack();
        assertEquals(List.of("a", "b"), acks);
    }
}
