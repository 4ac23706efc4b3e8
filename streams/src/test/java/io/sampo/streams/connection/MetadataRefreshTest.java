package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class MetadataRefreshTest {
    private static final short VERSION = 12;
    private static final long MINUTE = 60_000;

    /// A clock that the test moves; tasks run when it passes them.
    private static final class Clock implements Timers {
        private record Task(long atMs, Runnable task) {}

        private final List<Task> tasks = new ArrayList<>();
        private long nowMs;

        @Override
        public long nowMs() {
            return nowMs;
        }

        @Override
        public Runnable after(long delayMs, Runnable task) {
            Task later = new Task(nowMs + delayMs, task);
            tasks.add(later);
            return () -> tasks.remove(later);
        }

        @Override
        public double random() {
            return 0.5;
        }

        void moveTo(long toMs) {
            nowMs = toMs;
            List<Task> due = tasks.stream().filter(task -> task.atMs() <= toMs).toList();
            tasks.removeAll(due);
            due.forEach(task -> task.task().run());
        }
    }

    private final Clock clock = new Clock();
    private final List<Set<String>> questions = new ArrayList<>();
    private final MetadataRefresh metadata =
            new MetadataRefresh(this::answer, clock, ConnectionSettings.of(Map.of("bootstrap.servers", "localhost:1")));

    /// Every topic exists.
    private CompletionStage<Answer> answer(MetadataRequest.Builder question) {
        Set<String> topics = new HashSet<>(question.build(VERSION).topics());
        questions.add(topics);
        MetadataResponseData data = new MetadataResponseData().setClusterId("c");
        data.brokers()
                .add(new MetadataResponseBroker().setNodeId(1).setHost("h").setPort(1));
        topics.forEach(topic -> data.topics().add(new MetadataResponseTopic().setName(topic)));
        return CompletableFuture.completedFuture(new Answer(new MetadataResponse(data, VERSION), () -> {}));
    }

    @Test
    void aTopicThatIsNotUsedForFiveMinutesIsNoLongerAskedForNorKnown() {
        metadata.refresh(Set.of("once", "busy"));
        for (long minute = 1; minute <= 4; minute++) {
            clock.moveTo(minute * MINUTE);
            metadata.use(Set.of("busy"));
        }

        // metadata.max.age.ms, and metadata.max.idle.ms: both five minutes.
        clock.moveTo(5 * MINUTE);

        assertEquals(List.of(Set.of("once", "busy"), Set.of("busy")), questions);
        assertEquals(Set.of("busy"), metadata.view().topics().keySet());

        metadata.refresh(Set.of("once"));
        assertEquals(Set.of("once", "busy"), questions.getLast());
        assertEquals(Set.of("once", "busy"), metadata.view().topics().keySet());
    }
}
