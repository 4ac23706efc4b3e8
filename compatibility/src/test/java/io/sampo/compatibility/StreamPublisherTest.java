package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.StreamClient;
import io.sampo.streams.UndecodableRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Reading with a group by the JDK's reactive streams: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamPublisherTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamPublisherTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamPublisherTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    private static final int PARTITION = 2;

    /// Takes what it asked for and keeps it.
    private static final class Subscriber<T> implements Flow.Subscriber<Delivery<Event<String, T>>> {
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private final List<Delivery<Event<String, T>>> received = new ArrayList<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription.complete(begun);
        }

        @Override
        public synchronized void onNext(Delivery<Event<String, T>> delivery) {
            received.add(delivery);
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }

        synchronized List<Delivery<Event<String, T>>> received() {
            return List.copyOf(received);
        }

        List<T> values() {
            return received().stream().map(delivery -> delivery.get().value()).toList();
        }

        void request(long count) throws Exception {
            get(subscription).request(count);
        }

        void cancel() throws Exception {
            get(subscription).cancel();
        }
    }

    private String group() {
        return topicName + "-group";
    }

    private Subscriber<String> subscribe(StreamClient of) {
        Subscriber<String> subscriber = new Subscriber<>();
        of.topic(topicName, Codec.utf8(), Codec.utf8())
                .publisher(Group.named(group()))
                .subscribe(subscriber);
        return subscriber;
    }

    private void writeToOnePartition(int from, int to) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(from, to)
                .mapToObj(i -> Outgoing.of("k", Integer.toString(i)).toPartition(PARTITION))
                .toList();
        get(Source.from(records).runWith(topic().sink(), client.system()));
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private void awaitCommitted(long offset) throws Exception {
        eventually("committed up to " + offset, () -> {
            OffsetAndMetadata now = committed(group()).get(new TopicPartition(topicName, PARTITION));
            return now != null && now.offset() == offset;
        });
    }

    private boolean groupIsEmpty() {
        return now(client.admin().describeGroup(group())).members().isEmpty();
    }

    @Test
    void aSubscriberGetsWhatItAskedForInOrderAndTheNextOneGoesOnBehindIt() throws Exception {
        writeToOnePartition(0, 1_000);
        Subscriber<String> first = subscribe(client);
        first.request(10);
        eventually("ten are there", () -> first.received().size() == 10);
        first.received().forEach(Delivery::ack);
        awaitCommitted(10);
        assertEquals(numbers(0, 10), first.values(), "no more than it asked for");
        first.request(7);
        first.request(8);
        eventually("fifteen more are there", () -> first.received().size() == 25);
        first.received().forEach(Delivery::ack);
        first.cancel();
        awaitCommitted(25);
        eventually("it has left the group", this::groupIsEmpty);
        assertEquals(numbers(0, 25), first.values());

        Subscriber<String> second = subscribe(client);
        second.request(Long.MAX_VALUE);
        writeToOnePartition(1_000, 2_000);
        eventually("all others are there", () -> second.received().size() == 1_975);
        assertEquals(numbers(25, 2_000), second.values());
        second.received().forEach(Delivery::ack);
        awaitCommitted(2_000);
        assertFalse(second.end.isDone());
        second.cancel();
        eventually("it has left the group, too", this::groupIsEmpty);
    }

    @Test
    void whatWasNotAcknowledgedWhenItsSubscriberCancelledComesToTheNextOne() throws Exception {
        writeToOnePartition(0, 100);
        try (StreamClient brief = client(Map.of("default.api.timeout.ms", 3_000))) {
            Subscriber<String> first = subscribe(brief);
            first.request(20);
            eventually("twenty are there", () -> first.received().size() == 20);
            List<Delivery<Event<String, String>>> out = first.received();
            out.subList(0, 5).forEach(Delivery::ack);
            out.subList(6, 20).forEach(Delivery::ack);
            first.cancel();
            // Until it leaves it waits for the sixth.
            awaitCommitted(5);
            eventually("it has left the group", this::groupIsEmpty);
        }
        Subscriber<String> second = subscribe(client);
        second.request(3);
        eventually("three are there", () -> second.received().size() == 3);
        assertEquals(numbers(5, 8), second.values());
        second.cancel();
        // What is out can still be acknowledged.
        second.received().forEach(Delivery::ack);
        awaitCommitted(8);
    }

    @Test
    void twoSubscribersOfTwoPublishersShareThePartitionsOfAGroup() throws Exception {
        write(1_000);
        try (StreamClient other = client(Map.of("heartbeat.interval.ms", 300))) {
            Subscriber<String> first = subscribe(other);
            first.request(Long.MAX_VALUE);
            eventually("all are there", () -> first.received().size() == 1_000);
            first.received().forEach(Delivery::ack);
            eventually("all are committed", () -> committedRecords(group()) == 1_000);
            Subscriber<String> second = subscribe(client);
            second.request(Long.MAX_VALUE);
            eventually("each has two partitions", this::membersShare);
            write(1_000, 2_000);
            eventually(
                    "the new ones are there",
                    () -> first.received().size() + second.received().size() == 2_000);
            List<String> all = new ArrayList<>(first.values());
            all.addAll(second.values());
            assertEquals(2_000, all.stream().distinct().count(), "each to one of them");
            first.received().forEach(Delivery::ack);
            second.received().forEach(Delivery::ack);
            eventually("all are committed", () -> committedRecords(group()) == 2_000);
        }
    }

    private boolean membersShare() {
        return now(client.admin().describeGroup(group())).members().stream()
                .map(member -> member.assignment().size())
                .toList()
                .equals(List.of(PARTITIONS / 2, PARTITIONS / 2));
    }

    @Test
    void aRecordThatCannotBeDecodedIsTheSubscribersErrorAndTheGroupIsLeft() throws Exception {
        writeToOnePartition(0, 1);
        Subscriber<Long> subscriber = new Subscriber<>();
        client.topic(topicName, Codec.utf8(), Codec.int64())
                .publisher(Group.named(group()))
                .subscribe(subscriber);
        subscriber.request(1);
        failure(UndecodableRecord.class, subscriber.end);
        eventually("it has left the group", this::groupIsEmpty);
        assertEquals(List.of(), subscriber.received());
    }

    @Test
    void eachSubscriberIsAMemberOfTheGroup() throws Exception {
        Flow.Publisher<Delivery<Event<String, String>>> publisher = topic().publisher(Group.named(group()));
        Subscriber<String> first = new Subscriber<>();
        Subscriber<String> second = new Subscriber<>();
        publisher.subscribe(first);
        publisher.subscribe(second);
        first.request(1);
        second.request(1);
        eventually(
                "the group is there",
                () -> now(client.admin().listGroups()).stream()
                        .anyMatch(listed -> listed.groupId().equals(group())));
        eventually("both are members", this::membersShare);
    }

    @Test
    void withoutASubscriberNobodyIsInTheGroup() throws Exception {
        Flow.Publisher<Delivery<Event<String, String>>> nobodys = topic().publisher(Group.named(group()));
        Subscriber<String> other = new Subscriber<>();
        topic().publisher(Group.named(topicName + "-other")).subscribe(other);
        other.request(1);
        writeToOnePartition(0, 1);
        eventually("another publisher reads", () -> other.received().size() == 1);
        other.received().forEach(Delivery::ack);
        failure(GroupIdNotFoundException.class, client.admin().describeGroup(group()));
        assertThrows(NullPointerException.class, () -> nobodys.subscribe(null));
    }
}
