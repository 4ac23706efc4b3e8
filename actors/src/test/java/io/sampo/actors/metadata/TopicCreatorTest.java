package io.sampo.actors.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.metadata.ControllerCommand;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A change that takes the whole time for its commit does not wait for leaders besides: its client would have given up,
/// and would be told that its own topic exists already. No partition gets a leader here.
class TopicCreatorTest {
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private final MetadataNode node = new MetadataNode(Map.of(), Duration.ofSeconds(20));
    private final AtomicLong committedNanos = new AtomicLong();
    private final TopicCreator creator =
            new TopicCreator(new SlowController(), node.publisher, node.leaders, node.broker);

    @BeforeEach
    void start() throws Exception {
        node.start();
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void aTopicThatWasCommittedLateIsAnsweredAtOnce() throws Exception {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic().setName("late").setNumPartitions(1).setReplicationFactor((short) 1));
        var response = MetadataNode.get(creator.create(request, MAX_WAIT));
        assertEquals(0, response.topics().find("late").errorCode());
        assertAnsweredAtOnce();
    }

    @Test
    void partitionsThatWereCommittedLateAreAnsweredAtOnce() throws Exception {
        MetadataNode.get(creator.createAutomatically(List.of("t"), Duration.ZERO));
        CreatePartitionsRequestData request = new CreatePartitionsRequestData();
        request.topics()
                .add(new CreatePartitionsTopic().setName("t").setCount(3).setAssignments(null));
        var response = MetadataNode.get(creator.grow(request, MAX_WAIT));
        assertEquals(0, response.results().getFirst().errorCode());
        assertAnsweredAtOnce();
    }

    private void assertAnsweredAtOnce() {
        long waitedNanos = System.nanoTime() - committedNanos.get();
        assertTrue(waitedNanos < MAX_WAIT.toNanos(), "answered " + waitedNanos + " ns after the commit");
    }

    /// Its answers come when a whole `MAX_WAIT` is over.
    private final class SlowController implements ControllerClient {
        @Override
        public <R> CompletionStage<R> submit(ControllerCommand<R> command) {
            return node.client
                    .submit(command)
                    .thenCombineAsync(
                            CompletableFuture.runAsync(
                                    () -> {},
                                    CompletableFuture.delayedExecutor(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)),
                            (answer, _) -> {
                                committedNanos.set(System.nanoTime());
                                return answer;
                            });
        }
    }
}
