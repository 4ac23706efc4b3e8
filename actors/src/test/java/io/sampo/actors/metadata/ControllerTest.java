package io.sampo.actors.metadata;

import static io.sampo.actors.Eventually.eventually;
import static io.sampo.actors.metadata.MetadataNode.get;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.actors.partition.OtherVoters;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataLoader;
import io.sampo.core.metadata.MetadataRecord;
import io.sampo.core.metadata.MetadataRecordCodec;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControllerTest {
    private MetadataNode node = new MetadataNode(Map.of());

    @AfterEach
    void close() {
        node.close();
    }

    private CompletionStage<CreateTopicsResponseData> create(String name) {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1));
        return node.client.submit(new ControllerCommand.CreateTopics(request, List.of(Uuid.randomUuid())));
    }

    /// Past the gateway, which tells it again.
    private CompletableFuture<CreateTopicsResponseData> createOnce(String name) {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1));
        CompletableFuture<CreateTopicsResponseData> answer = new CompletableFuture<>();
        node.controller.tell(new Controller.Submit<>(
                new ControllerCommand.CreateTopics(request, List.of(Uuid.randomUuid())), answer));
        return answer;
    }

    private static Errors error(CreateTopicsResponseData response) {
        return Errors.forCode(response.topics().iterator().next().errorCode());
    }

    @Test
    void theFirstNodeFoundsTheClusterAndAppearsInTheImage() throws Exception {
        node.start();
        assertEquals("cluster-1", node.publisher.image().clusterId());
        assertEquals(MetadataNode.NODE, node.publisher.image().nodes().get(1));
        assertEquals(1, node.publisher.image().offset(), "two records, the last at offset 1");
    }

    @Test
    void nothingIsAnsweredOrShownBeforeItIsCommitted() throws Exception {
        node.start();
        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> first = create("t").toCompletableFuture();
        CompletableFuture<CreateTopicsResponseData> again = create("t").toCompletableFuture();
        CompletableFuture<CreateTopicsResponseData> other = create("u").toCompletableFuture();
        eventually(
                "two appends are held",
                () -> node.partition.heldCount() == 2); // pipelined: the second was decided without a record
        assertFalse(first.isDone() || again.isDone() || other.isDone());
        assertNull(node.publisher.image().topic("t"));

        node.partition.release();

        assertEquals(Errors.NONE, error(get(first)));
        assertEquals(Errors.TOPIC_ALREADY_EXISTS, error(get(again)));
        assertEquals(Errors.NONE, error(get(other)));
        assertNotNull(node.publisher.image().topic("u"));
    }

    @Test
    void aFailedAppendForgetsWhatWasDecidedAndServiceGoesOn() throws Exception {
        node.start();
        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> lost = createOnce("t");
        CompletableFuture<CreateTopicsResponseData> after = createOnce("u");
        eventually("two appends are held", () -> node.partition.heldCount() == 2);

        node.partition.failHeld(Errors.NOT_ENOUGH_REPLICAS);

        for (CompletableFuture<CreateTopicsResponseData> each : List.of(lost, after)) {
            ExecutionException e = assertThrows(ExecutionException.class, () -> get(each));
            assertInstanceOf(NotControllerException.class, e.getCause());
        }
        assertEquals(Errors.NONE, error(get(create("t"))), "it was never created");
    }

    /// A client that was told to try again would hear that its own topic exists already.
    @Test
    void aCreationWhoseOutcomeIsNotKnownIsToldAgain() throws Exception {
        node.start();
        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> lost = create("t").toCompletableFuture();
        eventually("the append is held", () -> node.partition.heldCount() == 1);
        node.partition.failHeld(Errors.NOT_ENOUGH_REPLICAS);
        assertEquals(Errors.NONE, error(get(lost)));

        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> committed = create("u").toCompletableFuture();
        eventually("the append is held", () -> node.partition.heldCount() == 1);
        node.partition.stop();
        node.partition.release();
        node.partition.lead();
        assertEquals(Errors.NONE, error(get(committed)));
    }

    @Test
    void aLogThatCouldNotBeReadIsReadAgain() throws Exception {
        node.start();
        node.partition.stop();
        node.partition.failNextRead();
        node.partition.lead();
        eventually("it is the controller", () -> {
            CompletableFuture<CreateTopicsResponseData> created = createOnce("t");
            return !created.handle((_, failure) -> failure != null)
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        });
    }

    /// The second change rests on the first; when only the first is lost, the second must not count.
    @Test
    void aBatchBehindALostOneIsLeftOut() throws Exception {
        node.start();
        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> lost = createOnce("t");
        CompletableFuture<CreateTopicsResponseData> after = createOnce("u");
        eventually("two appends are held", () -> node.partition.heldCount() == 2);
        node.partition.failFirst(Errors.NOT_ENOUGH_REPLICAS);
        node.partition.release();
        for (CompletableFuture<CreateTopicsResponseData> each : List.of(lost, after)) {
            assertThrows(ExecutionException.class, () -> get(each));
        }
        assertEquals(Errors.NONE, error(get(create("v"))));
        assertEquals(Set.of("v"), node.publisher.image().topics().keySet());
        node.partition.stop();
        node.partition.lead();
        assertEquals(Errors.NONE, error(get(create("u"))));
    }

    @Test
    void theNextLeadershipStartsFromTheLog() throws Exception {
        node.start();
        get(create("t"));
        MetadataImage before = node.publisher.image();
        node.partition.stop();
        node.partition.lead();
        assertEquals(Errors.TOPIC_ALREADY_EXISTS, error(get(create("t"))));
        assertEquals(before, node.publisher.image());
        assertEquals(Errors.NONE, error(get(create("u"))));
    }

    @Test
    void endOfLeadershipFailsWhatWaits() throws Exception {
        node.start();
        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> waiting = createOnce("t");
        eventually("one append is held", () -> node.partition.heldCount() == 1);
        node.partition.stop();
        ExecutionException e = assertThrows(ExecutionException.class, () -> get(waiting));
        assertInstanceOf(NotControllerException.class, e.getCause());
    }

    @Test
    void whatChangesNothingIsAnsweredOnlyWhenAMajorityConfirmsTheController() throws Exception {
        node.close();
        node = new MetadataNode(Map.of(), Duration.ofSeconds(30)).start();
        get(create("t"));
        OtherVoters others = node.partition.otherVoters;
        others.join();

        CompletableFuture<CreateTopicsResponseData> exists = create("t").toCompletableFuture();
        eventually("a barrier", () -> others.askedCount() == 1);
        assertEquals(Errors.NONE, error(get(create("u"))), "its commit shows it");
        assertFalse(exists.isDone());
        others.answer(Errors.NOT_LEADER_OR_FOLLOWER);
        // Nothing was decided: whoever is the controller then is asked again.
        eventually("another barrier", () -> others.askedCount() == 1);
        assertFalse(exists.isDone());
        others.answer(Errors.NONE);
        assertEquals(Errors.TOPIC_ALREADY_EXISTS, error(get(exists)));
    }

    @Test
    void aQuestionThatWaitsForABarrierIsAskedAgainWhenTheLeadershipEnds() throws Exception {
        node.close();
        node = new MetadataNode(Map.of(), Duration.ofSeconds(30)).start();
        get(create("t"));
        node.partition.otherVoters.join();
        CompletableFuture<CreateTopicsResponseData> exists = create("t").toCompletableFuture();
        eventually("a barrier", () -> node.partition.otherVoters.askedCount() == 1);

        node.partition.stop();
        node.partition.lead();

        eventually("another barrier", () -> node.partition.otherVoters.askedCount() == 2);
        node.partition.otherVoters.answer(Errors.NONE);
        assertEquals(Errors.TOPIC_ALREADY_EXISTS, error(get(exists)));
    }

    @Test
    void withoutALeaderTheClientGivesUpAfterItsTime() {
        ExecutionException e = assertThrows(ExecutionException.class, () -> get(create("t")));
        assertInstanceOf(NotControllerException.class, e.getCause());
    }

    @Test
    void whatWaitsForCommitIsBounded() throws Exception {
        node.close();
        node = new MetadataNode(Map.of("sampo.metadata.max.pending.commands", "2")).start();
        node.partition.hold();
        CompletableFuture<CreateTopicsResponseData> first = create("a").toCompletableFuture();
        CompletableFuture<CreateTopicsResponseData> second = create("b").toCompletableFuture();
        ExecutionException e = assertThrows(ExecutionException.class, () -> get(create("c")));
        assertInstanceOf(ThrottlingQuotaExceededException.class, e.getCause());
        node.partition.release();
        assertEquals(Errors.NONE, error(get(first)));
        assertEquals(Errors.NONE, error(get(second)));
    }

    @Test
    void producerIdsAreUniqueAlsoAfterARestart() throws Exception {
        node.start();
        Set<Long> seen = new HashSet<>();
        for (int run = 0; run < 2; run++) {
            ProducerIds producerIds = new ProducerIds(1, node.client);
            List<CompletionStage<Long>> asked = new ArrayList<>();
            for (int i = 0; i < 2500; i++) {
                asked.add(producerIds.next());
            }
            for (CompletionStage<Long> each : asked) {
                assertTrue(seen.add(get(each)));
            }
        }
        assertEquals(6000, node.publisher.image().nextProducerId(), "three blocks in each run");
    }

    @Test
    void leadershipGoesBackToThePreferredNode() throws Exception {
        node.close();
        node = new MetadataNode(Map.of("leader.imbalance.check.interval.seconds", "1")).start();
        get(create("t"));
        PartitionId id = new PartitionId(
                requireNonNull(node.publisher.image().topic("t")).id(), 0);
        node.partition.setLeadership(id, new Leadership(2, 3, List.of(1, 2), List.of()));
        eventually("it is asked to move", () -> node.partition.transfers.containsKey(id));
        requireNonNull(node.partition.transfers.get(id)).complete(new Transfer(true, ""));
        eventually("it moved", () -> node.partition.leadership(id).orElseThrow().nodeId() == 1);
    }

    @Test
    void listenersSeeEveryImageInOrder() throws Exception {
        List<Long> offsets = new ArrayList<>();
        node.publisher.subscribe((before, after) -> {
            assertTrue(before.offset() < after.offset());
            offsets.add(after.offset());
        });
        node.start();
        get(create("a"));
        get(create("b"));
        assertEquals(List.of(1L, 3L, 5L), offsets);
    }

    @Test
    void tenThousandTopicsAreLoadedInASecondOrTwo() {
        MetadataPartition log = new MetadataPartition();
        log.lead();
        int topics = 10_000;
        NodeImage node = new NodeImage(1, new Uuid(1, 1), new Uuid(1, 2), null, List.of());
        log.local(Controller.METADATA_PARTITION)
                .orElseThrow()
                .append(new io.sampo.actors.partition.Append(
                        MetadataRecordCodec.toBatch(List.of(new MetadataRecord.NodeRegistered(node)), 0, 1),
                        io.sampo.actors.partition.Append.Origin.COORDINATOR,
                        (short) -1,
                        outcome -> assertEquals(Errors.NONE, outcome.error())));
        for (int i = 0; i < topics; i++) {
            Uuid id = new Uuid(5, i + 1);
            log.local(Controller.METADATA_PARTITION)
                    .orElseThrow()
                    .append(new io.sampo.actors.partition.Append(
                            MetadataRecordCodec.toBatch(
                                    List.of(
                                            new MetadataRecord.TopicCreated("topic-" + i, id),
                                            new MetadataRecord.PartitionsAssigned(
                                                    id, 0, List.of(new PartitionAssignment(List.of(1))))),
                                    2L * i + 1,
                                    1),
                            io.sampo.actors.partition.Append.Origin.COORDINATOR,
                            (short) -1,
                            outcome -> assertEquals(Errors.NONE, outcome.error())));
        }
        long start = System.nanoTime();
        MetadataImage image = MetadataLoader.load(MetadataImage.EMPTY, log::forEachBatch, 0, log.logEndOffset());
        long tookMs = (System.nanoTime() - start) / 1_000_000;
        System.out.println("10,000 topics loaded in " + tookMs + " ms");
        assertEquals(topics, image.topics().size());
        assertTrue(tookMs < 5000, "took " + tookMs + " ms");
    }
}
