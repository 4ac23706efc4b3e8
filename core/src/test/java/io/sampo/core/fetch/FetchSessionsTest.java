package io.sampo.core.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {
    private static final short NEWEST = 18;
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final FetchSettings SETTINGS = new FetchSettings(1 << 20, 1000, 4, 1000, 10);

    private int lastId = 100;
    private final FetchSessions sessions = new FetchSessions(SETTINGS, SETTINGS.maxSessions(), () -> ++lastId);

    @Test
    void fullFetchMakesASessionAndAnswersAll() {
        FetchContext context = sessions.open(request(0, 0, 1, 2, 3), NEWEST, 0);
        PartitionData[] answers = answers(context, 50);

        int sessionId = sessions.close(context, answers, 0);

        assertEquals(101, sessionId);
        for (PartitionData answer : answers) {
            assertNotNull(answer);
        }
    }

    @Test
    void incrementalFetchAnswersOnlyWhatIsNew() {
        int sessionId = session(1, 2, 3);

        FetchContext context = sessions.open(request(sessionId, 1), NEWEST, 0);
        PartitionData[] answers = answers(context, 50);
        answers[1].setHighWatermark(51);
        assertEquals(sessionId, sessions.close(context, answers, 0));

        assertEquals(3, context.partitionCount());
        assertNull(answers[0]);
        assertNotNull(answers[1]);
        assertNull(answers[2]);
    }

    @Test
    void errorIsRepeatedAndTheFirstAnswerAfterItIsSent() {
        int sessionId = session(1);
        for (int epoch = 1; epoch <= 2; epoch++) {
            FetchContext context = sessions.open(request(sessionId, epoch), NEWEST, 0);
            PartitionData[] failed = answers(context, 50);
            failed[0].setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
            sessions.close(context, failed, 0);
            assertNotNull(failed[0], "epoch " + epoch);
        }

        FetchContext context = sessions.open(request(sessionId, 3), NEWEST, 0);
        PartitionData[] answers = answers(context, 50);
        sessions.close(context, answers, 0);

        assertNotNull(answers[0]);
    }

    @Test
    void partitionThatGaveRecordsGoesToTheEnd() {
        int sessionId = session(1, 2, 3);
        FetchContext first = sessions.open(request(sessionId, 1), NEWEST, 0);
        PartitionData[] answers = answers(first, 50);
        answers[0].setRecords(someRecords());
        sessions.close(first, answers, 0);

        FetchContext second = sessions.open(request(sessionId, 2), NEWEST, 0);

        assertEquals(List.of(2, 3, 1), partitionsOf(second));
    }

    @Test
    void wrongEpochIsRefused() {
        int sessionId = session(1);

        assertEquals(
                Errors.INVALID_FETCH_SESSION_EPOCH,
                sessions.open(request(sessionId, 2), NEWEST, 0).error());
        assertEquals(
                Errors.NONE, sessions.open(request(sessionId, 1), NEWEST, 0).error());
        assertEquals(
                Errors.INVALID_FETCH_SESSION_EPOCH,
                sessions.open(request(sessionId, 1), NEWEST, 0).error());
    }

    @Test
    void unknownSessionIsRefused() {
        assertEquals(
                Errors.FETCH_SESSION_ID_NOT_FOUND,
                sessions.open(request(5, 1), NEWEST, 0).error());
    }

    @Test
    void namesAndIdsDoNotMixInASession() {
        int sessionId = session(1);

        assertEquals(
                Errors.FETCH_SESSION_TOPIC_ID_ERROR,
                sessions.open(request(sessionId, 1), (short) 12, 0).error());
    }

    @Test
    void fetchThatWasOvertakenGetsTheEpochError() {
        int sessionId = session(1);
        FetchContext slow = sessions.open(request(sessionId, 1), NEWEST, 0);
        FetchContext fast = sessions.open(request(sessionId, 2), NEWEST, 0);

        assertEquals(sessionId, sessions.close(fast, answers(fast, 1), 0));
        assertEquals(-1, sessions.close(slow, answers(slow, 1), 0));
    }

    @Test
    void finalEpochEndsTheSession() {
        int sessionId = session(1);

        FetchContext last = sessions.open(request(sessionId, -1, 1), NEWEST, 0);

        assertEquals(0, sessions.close(last, answers(last, 1), 0));
        assertEquals(0, sessions.size());
    }

    @Test
    void sessionWithoutPartitionsEnds() {
        int sessionId = session(1);
        FetchRequestData forget = request(sessionId, 1);
        forget.setForgottenTopicsData(
                List.of(new ForgottenTopic().setTopicId(TOPIC).setPartitions(List.of(1))));

        FetchContext context = sessions.open(forget, NEWEST, 0);

        assertEquals(0, context.partitionCount());
        assertEquals(0, sessions.close(context, answers(context, 1), 0));
        assertEquals(0, sessions.size());
    }

    @Test
    void slotsAreBounded() {
        for (int i = 0; i < SETTINGS.maxSessions(); i++) {
            assertNotEquals(0, session(1, 2));
        }

        assertEquals(0, session(1, 2, 3));
        assertEquals(SETTINGS.maxSessions(), sessions.size());
    }

    @Test
    void sessionThatWasNotUsedGivesWay() {
        int first = session(1, 2);
        session(1);
        session(1);
        session(1);

        FetchContext context = sessions.open(request(0, 0, 1), NEWEST, 1001);
        int fresh = sessions.close(context, answers(context, 1), 1001);

        assertNotEquals(0, fresh);
        assertEquals(
                Errors.FETCH_SESSION_ID_NOT_FOUND,
                sessions.open(request(first, 1), NEWEST, 1001).error());
    }

    @Test
    void oldSmallSessionGivesWayToALargerOne() {
        int[] ids = {session(1, 2, 3), session(1, 2), session(1, 2, 3), session(1, 2, 3)};
        for (int id : ids) {
            assertEquals(Errors.NONE, sessions.open(request(id, 1), NEWEST, 900).error());
        }

        FetchContext equal = sessions.open(request(0, 0, 1, 2), NEWEST, 1500);
        assertEquals(0, sessions.close(equal, answers(equal, 1), 1500));
        FetchContext larger = sessions.open(request(0, 0, 1, 2, 3, 4), NEWEST, 1500);
        assertNotEquals(0, sessions.close(larger, answers(larger, 1), 1500));

        assertEquals(
                Errors.FETCH_SESSION_ID_NOT_FOUND,
                sessions.open(request(ids[1], 2), NEWEST, 1500).error());
    }

    @Test
    void tooManyPartitionsGetNoSession() {
        assertEquals(0, session(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        int sessionId = session(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertNotEquals(0, sessionId);

        assertEquals(
                Errors.FETCH_SESSION_ID_NOT_FOUND,
                sessions.open(request(sessionId, 1, 10), NEWEST, 0).error());
        assertEquals(0, sessions.size());
    }

    /// The client's side of KIP-227 is the judge: it merges what it is told into what it knows, and after every
    /// answer it must know exactly the truth. What the session asks for must be what the client asked for last.
    @Property(tries = 300)
    void clientAlwaysKnowsTheTruth(@ForAll long seed) {
        Random random = new Random(seed);
        FetchSessions store = new FetchSessions(SETTINGS, 2, () -> random.nextInt(1, 1_000_000));
        long[] truth = new long[8];
        Map<Integer, Long> asked = new LinkedHashMap<>();
        Map<Integer, Long> known = new LinkedHashMap<>();
        int sessionId = 0;
        int epoch = 0;
        for (int step = 0; step < 40; step++) {
            truth[random.nextInt(8)]++;
            FetchRequestData request =
                    new FetchRequestData().setSessionId(sessionId).setSessionEpoch(epoch);
            List<Integer> named = new ArrayList<>();
            List<Integer> forgotten = new ArrayList<>();
            for (int partition = 0; partition < 8; partition++) {
                int dice = random.nextInt(6);
                if (dice == 0 || (epoch == 0 && asked.containsKey(partition))) {
                    named.add(partition);
                    asked.put(partition, (long) random.nextInt(1000));
                } else if (dice == 1 && epoch > 0 && asked.remove(partition) != null) {
                    forgotten.add(partition);
                    known.remove(partition);
                }
            }
            if (asked.isEmpty()) {
                named.add(3);
                asked.put(3, 5L);
            }
            request.setTopics(List.of(topic(named, asked)));
            request.setForgottenTopicsData(
                    List.of(new ForgottenTopic().setTopicId(TOPIC).setPartitions(forgotten)));

            FetchContext context = store.open(request, NEWEST, step);

            if (context.error() != Errors.NONE) {
                assertEquals(Errors.FETCH_SESSION_ID_NOT_FOUND, context.error());
                sessionId = 0;
                epoch = 0;
                known.clear();
                continue;
            }
            Map<Integer, Long> inSession = new LinkedHashMap<>();
            PartitionData[] answers = new PartitionData[context.partitionCount()];
            for (int i = 0; i < answers.length; i++) {
                FetchedPartition partition = context.partition(i);
                inSession.put(partition.partition(), partition.fetchOffset());
                answers[i] = answer(partition.partition(), truth[partition.partition()]);
                if (random.nextInt(4) == 0) {
                    answers[i].setRecords(someRecords());
                }
            }
            assertEquals(asked, inSession);
            int answeredId = store.close(context, answers, step);
            for (PartitionData answer : answers) {
                if (answer != null) {
                    known.put(answer.partitionIndex(), answer.highWatermark());
                }
            }
            for (int partition : asked.keySet()) {
                assertEquals(truth[partition], known.get(partition), "partition " + partition);
            }
            assertEquals(asked.keySet(), known.keySet());
            boolean starts = random.nextInt(10) == 0;
            if (random.nextInt(8) == 0) { // another client, which may take the slot
                FetchContext other =
                        store.open(request(0, 0, 0, 1, 2, 3, 4, 5, 6), NEWEST, step + 2000L * random.nextInt(2));
                store.close(other, answers(other, 1), step);
                assertTrue(store.size() <= 2);
            }
            sessionId = answeredId;
            epoch = answeredId == 0 || starts ? 0 : epoch + 1;
            if (epoch == 0) {
                known.clear();
            }
        }
    }

    private int session(int... partitions) {
        FetchContext context = sessions.open(request(0, 0, partitions), NEWEST, 0);
        return sessions.close(context, answers(context, 50), 0);
    }

    private static List<Integer> partitionsOf(FetchContext context) {
        List<Integer> partitions = new ArrayList<>();
        for (int i = 0; i < context.partitionCount(); i++) {
            partitions.add(context.partition(i).partition());
        }
        return partitions;
    }

    private static FetchRequestData request(int sessionId, int epoch, int... partitions) {
        List<FetchPartition> fetched = new ArrayList<>();
        for (int partition : partitions) {
            fetched.add(new FetchPartition().setPartition(partition).setPartitionMaxBytes(100));
        }
        return new FetchRequestData()
                .setSessionId(sessionId)
                .setSessionEpoch(epoch)
                .setTopics(List.of(new FetchTopic().setTopicId(TOPIC).setPartitions(fetched)));
    }

    private static FetchTopic topic(List<Integer> named, Map<Integer, Long> asked) {
        List<FetchPartition> fetched = new ArrayList<>();
        for (int partition : named) {
            fetched.add(
                    new FetchPartition().setPartition(partition).setFetchOffset(asked.getOrDefault(partition, -1L)));
        }
        return new FetchTopic().setTopicId(TOPIC).setPartitions(fetched);
    }

    private static PartitionData[] answers(FetchContext context, long highWatermark) {
        PartitionData[] answers = new PartitionData[context.partitionCount()];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = answer(context.partition(i).partition(), highWatermark);
        }
        return answers;
    }

    private static PartitionData answer(int partition, long highWatermark) {
        return new PartitionData()
                .setPartitionIndex(partition)
                .setHighWatermark(highWatermark)
                .setLogStartOffset(0)
                .setRecords(MemoryRecords.EMPTY);
    }

    private static MemoryRecords someRecords() {
        return MemoryRecords.withRecords(
                org.apache.kafka.common.compress.Compression.NONE,
                new org.apache.kafka.common.record.internal.SimpleRecord(new byte[] {1}));
    }
}
