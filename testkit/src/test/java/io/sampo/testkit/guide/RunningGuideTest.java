package io.sampo.testkit.guide;

import static io.sampo.testkit.guide.Waiting.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Ack;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.HandlerFailed;
import io.sampo.streams.Restart;
import io.sampo.streams.Restarts;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestTopic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Examples of what begins anew, what ends a consumption, and of partitions apart from each other.
@SampoTest
@Timeout(60)
class RunningGuideTest {
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

    private static Topic<String, Order> written(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        List<Order> list = List.of(new Order("c-17", "lamp", 2), new Order("c-18", "book", -1));
        outcome(Source.from(list).runWith(orders.sink(Order::customerId), client.system()));
        return orders;
    }

    private void charge(Order order) {
        if (order.amount() < 0) {
            throw new IllegalArgumentException("amount " + order.amount());
        }
        seen.add(order.article());
    }

    @Test
    void restart(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="restart"
        Running shelving = orders.consume(Group.named("shelving"))
                .restart(Restart.exponential(Duration.ofMillis(200), Duration.ofSeconds(10))
                        .max(20))
                .handle(event -> seen.add(event.value().article()));
        Restarts restarts = shelving.restarts(); // how often, and after which failure
        // @end
        assertEquals("lamp", seen.poll(30, TimeUnit.SECONDS));
        assertEquals(0, restarts.count());
        assertTrue(restarts.lastFailure().isEmpty());
        shelving.close();
    }

    @Test
    void restartedSource(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="restarted-source"
        UniqueKillSwitch mirroring = Restart.exponential(Duration.ofMillis(200), Duration.ofSeconds(10))
                .source(() -> orders.source(Group.named("mirroring")))
                .viaMat(KillSwitches.single(), Keep.right())
                .map(delivery -> delivery.map(event -> seen.add(event.value().article())))
                .to(Ack.sink())
                .run(client.system());
        // @end
        assertEquals("lamp", seen.poll(30, TimeUnit.SECONDS));
        mirroring.shutdown();
    }

    @Test
    void seek(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        Running shelving = orders.consume(Group.named("shelving-again"))
                .handle(event -> seen.add(event.value().article()));
        assertEquals(Set.of("lamp", "book"), nextTwo());
        // @start region="seek"
        Map<TopicPartition, Long> beginning =
                shelving.assignment().stream().collect(Collectors.toMap(each -> each, _ -> 0L));
        CompletionStage<Void> again = shelving.seek(beginning);
        // @end
        outcome(again);
        assertEquals(Set.of("lamp", "book"), nextTwo());
        shelving.close();
    }

    private Set<String> nextTwo() throws InterruptedException {
        return Set.of(
                Objects.requireNonNull(seen.poll(30, TimeUnit.SECONDS)),
                Objects.requireNonNull(seen.poll(30, TimeUnit.SECONDS)));
    }

    @Test
    void stopped(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        Running billing = orders.consume(Group.named("strict")).handle(event -> charge(event.value()));
        // @start region="handler-failed"
        CompletionStage<String> why = billing.completion()
                .handle((_, failure) -> failure instanceof HandlerFailed stopped
                        ? stopped.partition() + " at offset " + stopped.offset() + ": " + stopped.getCause()
                        : "drained");
        // @end
        assertTrue(outcome(why).endsWith("amount -1"), outcome(why));
    }

    @Test
    void partitions(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="partitions"
        Running perPartition = orders.partitions(Group.named("per-partition"))
                .to(Sink.foreach(one -> one.source() // ends when the partition goes to another member
                        .map(delivery -> delivery.map(event -> seen.add(one.partition() + " " + event.offset())))
                        .to(Ack.sink())
                        .run(client.system())))
                .run(client.system());
        // @end
        String first = String.valueOf(seen.poll(30, TimeUnit.SECONDS));
        assertTrue(first.startsWith(topic.name()) && first.endsWith(" 0"), first);
        perPartition.close();
    }
}
