package io.sampo.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@SampoTest
@Timeout(60)
class SampoTestTest {

    @Test
    void aTestWritesAndReadsATopicOfItsOwn(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, String> orders = client.topic(topic.name(), Codec.utf8(), Codec.utf8());
        orders.send("c-17", "two books").toCompletableFuture().get(30, TimeUnit.SECONDS);
        List<Event<String, String>> events = orders.read(Span.all().untilNow())
                .runWith(Sink.seq(), client.system())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(List.of("two books"), events.stream().map(Event::value).toList());
        assertEquals(3, topic.partitions());
    }

    @Test
    void eachTopicIsAnother(TestTopic one, TestTopic other, TestNode node) {
        assertNotEquals(one.name(), other.name());
        assertNotEquals("", node.bootstrapServers());
    }
}
