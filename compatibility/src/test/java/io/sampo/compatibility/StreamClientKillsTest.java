package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Ordering;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The stream client while its node is killed (kill -9) again and again: nothing that was acknowledged is lost, all of
/// it is handled, and in the order of each key. How often: `-Dsampo.kills`.
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class StreamClientKillsTest {
    private static final int KEYS = 20;
    private static final int RECORDS_A_SECOND = 2_000;

    @Test
    void allIsHandledInOrderHoweverOftenTheNodeIsKilled(@TempDir Path directory) throws Exception {
        int kills = Integer.getInteger("sampo.kills", 3);
        try (BrokerUnderTest broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of())) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
                admin.createTopics(List.of(new NewTopic("work", Optional.of(6), Optional.empty())))
                        .all()
                        .get();
            }
            try (StreamClient client = StreamClient.connect(
                    Map.of("bootstrap.servers", broker.bootstrap(), "auto.commit.interval.ms", 200))) {
                run(broker, client, kills);
            }
        }
    }

    private static void run(BrokerUnderTest broker, StreamClient client, int kills) throws Exception {
        Topic<String, Long> work = client.topic("work", Codec.utf8(), Codec.int64());
        Map<String, List<Long>> handled = new ConcurrentHashMap<>();
        Running running = work.consume(Group.named("workers"))
                .ordering(Ordering.KEY)
                .handle(event -> handled.computeIfAbsent(
                                String.valueOf(event.key()),
                                _ -> java.util.Collections.synchronizedList(new ArrayList<>()))
                        .add(event.value()));
        AtomicInteger sent = new AtomicInteger();
        var stop = new java.util.concurrent.atomic.AtomicBoolean();
        CompletionStage<Done> writing = Source.fromJavaStream(() ->
                        java.util.stream.LongStream.range(0, Long.MAX_VALUE).boxed())
                .takeWhile(_ -> !stop.get())
                .throttle(RECORDS_A_SECOND, Duration.ofSeconds(1))
                .map(number -> {
                    sent.incrementAndGet();
                    return Outgoing.of("k" + number % KEYS, number);
                })
                .runWith(work.sink(), client.system());
        for (int kill = 0; kill < kills; kill++) {
            int before = total(handled);
            eventually("more is handled before kill " + kill, () -> total(handled) > before + RECORDS_A_SECOND / 2);
            broker.killAbruptly();
            broker.start();
        }
        stop.set(true);
        writing.toCompletableFuture().get(120, TimeUnit.SECONDS);
        eventually("all are handled", () -> distinct(handled) == sent.get());
        running.close();

        handled.forEach((key, numbers) -> {
            long newest = -1;
            for (long number : numbers) {
                // After a kill what was not committed comes again; it may go back, but never leaves one out.
                assertTrue(newest < 0 || number <= newest + KEYS, key + ": " + number + " after " + newest);
                newest = Math.max(newest, number);
            }
        });
        assertEquals(sent.get(), distinct(handled));
    }

    private static int total(Map<String, List<Long>> handled) {
        return handled.values().stream().mapToInt(List::size).sum();
    }

    private static int distinct(Map<String, List<Long>> handled) {
        return handled.values().stream()
                .mapToInt(numbers ->
                        (int) List.copyOf(numbers).stream().distinct().count())
                .sum();
    }

    private static void eventually(String what, java.util.function.BooleanSupplier condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 120 s: " + what);
            Thread.sleep(20);
        }
    }
}
