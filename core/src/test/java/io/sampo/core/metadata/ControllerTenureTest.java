package io.sampo.core.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.ControllerTenure.Effect;
import io.sampo.core.partition.AppendOutcome;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ControllerTenureTest {
    private static final int BLOCK = 1000;

    private final ControllerTenure<String> tenure = tenure(10, 10_000);

    private static ControllerTenure<String> tenure(int maxPendingCommands, int maxBatchBytes) {
        return new ControllerTenure<>(
                new ControllerCore(BrokerConfig.parse(Map.of())),
                MetadataImage.EMPTY,
                maxPendingCommands,
                maxBatchBytes);
    }

    private static List<Effect<String>> allocate(ControllerTenure<String> tenure, String question) {
        return tenure.submit(question, new AllocateProducerIds(1), new TreeSet<>(), 1);
    }

    private List<Effect<String>> deleteNothing(String question) {
        DeleteTopicsRequestData request = new DeleteTopicsRequestData();
        request.topics().add(new DeleteTopicState().setName("none"));
        return tenure.submit(question, new ControllerCommand.DeleteTopics(request), new TreeSet<>(), 1);
    }

    private static AppendOutcome landedAt(long offset) {
        return AppendOutcome.appended(offset, offset, -1, 0);
    }

    private static List<String> answered(List<Effect<String>> effects) {
        return effects.stream()
                .filter(Effect.Answer.class::isInstance)
                .map(effect -> ((Effect.Answer<String>) effect).question())
                .toList();
    }

    private static List<String> refused(List<Effect<String>> effects, Errors error) {
        return effects.stream()
                .filter(effect -> effect instanceof Effect.Refuse<String> refuse && refuse.error() == error)
                .map(effect -> ((Effect.Refuse<String>) effect).question())
                .toList();
    }

    @Test
    void commandsAreDecidedOnThoseBeforeAndAnsweredWhenTheyAreCommitted() {
        assertInstanceOf(Effect.Append.class, allocate(tenure, "a").getFirst());
        List<Effect<String>> second = allocate(tenure, "b");
        assertEquals(1, second.size(), "it does not wait for the first, and nobody is answered");
        assertEquals(2 * BLOCK, tenure.newest().nextProducerId());

        List<Effect<String>> effects = tenure.appended(landedAt(0));
        Effect.Publish<?> published = assertInstanceOf(Effect.Publish.class, effects.getFirst());
        assertEquals(BLOCK, published.image().nextProducerId(), "only what is committed is shown");
        assertEquals(List.of("a"), answered(effects));
        effects = tenure.appended(landedAt(1));
        Effect.Answer<?> answer = assertInstanceOf(Effect.Answer.class, effects.getLast());
        assertEquals(new ProducerIdBlock(BLOCK, BLOCK), answer.response());
        assertTrue(tenure.isIdle());
    }

    @Test
    void anAnswerThatChangesNothingWaitsForWhatItRestsOn() {
        assertEquals(List.of("at once"), answered(deleteNothing("at once")));
        allocate(tenure, "a");
        assertEquals(List.of(), deleteNothing("b"));
        assertEquals(List.of(), deleteNothing("c"));
        assertEquals(List.of("a", "b", "c"), answered(tenure.appended(landedAt(0))));
    }

    @Test
    void aFailedAppendEndsTheTenureWithUnknownOutcomes() {
        allocate(tenure, "a");
        allocate(tenure, "b");
        List<Effect<String>> effects = tenure.appended(AppendOutcome.failed(Errors.NOT_ENOUGH_REPLICAS, null));
        assertEquals(List.of("a", "b"), refused(effects, Errors.NOT_CONTROLLER));
        assertInstanceOf(Effect.ReadAgain.class, effects.getLast());
        assertTrue(tenure.isOver());
        assertEquals(List.of(), tenure.appended(landedAt(0)), "what comes later counts for nothing");
        assertEquals(List.of("c"), refused(allocate(tenure, "c"), Errors.NOT_CONTROLLER));
    }

    @Test
    void aBatchThatLandsElsewhereIsAsLostAsAFailedOne() {
        allocate(tenure, "a");
        List<Effect<String>> effects = tenure.appended(landedAt(1));
        assertEquals(List.of("a"), refused(effects, Errors.NOT_CONTROLLER));
        assertEquals(List.of(), answered(effects));
    }

    @Test
    void whatIsTooMuchIsRefusedAndChangesNothing() {
        ControllerTenure<String> busy = tenure(1, 10_000);
        allocate(busy, "a");
        assertEquals(List.of("b"), refused(allocate(busy, "b"), Errors.THROTTLING_QUOTA_EXCEEDED));
        assertEquals(BLOCK, busy.newest().nextProducerId());

        ControllerTenure<String> small = tenure(10, 10);
        assertEquals(List.of("a"), refused(allocate(small, "a"), Errors.POLICY_VIOLATION));
        assertEquals(MetadataImage.EMPTY, small.newest());
        assertTrue(small.isIdle());
        assertFalse(small.isOver());
    }
}
