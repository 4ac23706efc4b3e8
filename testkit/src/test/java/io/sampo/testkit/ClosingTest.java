package io.sampo.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Running;
import io.sampo.streams.Sent;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A client that is closed while its handlers are at work.
@SampoTest
@Timeout(60)
class ClosingTest {

    @Test
    void whatAHandlerWritesWhileItsClientClosesIsWrittenAndItsRecordIsCommitted(
            TestNode node, StreamClient other, TestTopic topic) throws Exception {
        Topic<String, String> inOther = other.topic(topic.name(), Codec.utf8(), Codec.utf8());
        inOther.send("c-17", "order").toCompletableFuture().get(30, TimeUnit.SECONDS);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Sent> written = new CompletableFuture<>();
        StreamClient client = StreamClient.connect(node.bootstrapServers());
        Topic<String, String> orders = client.topic(topic.name(), Codec.utf8(), Codec.utf8());
        Running billing = orders.consume(Group.named(topic.name())).handle(event -> {
            begun.countDown();
            assertTrue(goOn.await(30, TimeUnit.SECONDS));
            if ("order".equals(event.value())) {
                written.complete(
                        orders.send(event.key(), "bill").toCompletableFuture().get(30, TimeUnit.SECONDS));
            }
        });
        assertTrue(begun.await(30, TimeUnit.SECONDS));
        Thread closing = Thread.ofVirtual().start(client::close);
        while (closing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait(); // until it waits for the handler; the test has a limit
        }
        assertFalse(billing.completion().toCompletableFuture().isDone());
        goOn.countDown();
        written.get(30, TimeUnit.SECONDS);
        closing.join();
        billing.completion().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertEquals(
                List.of("order", "bill"),
                inOther.read(Span.all().untilNow())
                        .map(event -> event.value())
                        .runWith(Sink.seq(), other.system())
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS));
        assertTrue(
                other
                        .admin()
                        .groupOffsets(topic.name())
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS)
                        .values()
                        .stream()
                        .allMatch(offset -> offset.offset() >= 1),
                "committed");
        assertThrows(IllegalStateException.class, () -> orders.send("c-17", "late"));
    }
}
