package io.sampo.testkit.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestTopic;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

// @start region="test"
@SampoTest
class BillingTest {
    @Test
    void chargesOnce(StreamClient client, TestTopic topic) throws Exception { // a topic of its own for each test
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        orders.send("c-17", new Order("c-17", "lamp", 2));
        BlockingQueue<Order> charged = new LinkedBlockingQueue<>();
        Running billing = orders.consume(Group.named("billing-test")).handle(event -> charged.add(event.value()));
        assertEquals("lamp", charged.poll(30, TimeUnit.SECONDS).article());
        billing.close();
    }
}
// @end
