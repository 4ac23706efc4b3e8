package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VotesTest {
    private static final ReplicaId OTHER = QuorumCluster.id(2);
    private static final ReplicaId THIRD = QuorumCluster.id(3);

    private final ReplicaState state = new ReplicaState(
            ReplicaContext.PARTITION, ReplicaContext.SELF, ReplicaSettings.DEFAULTS, 1, Mutations.NONE);
    private final Outbox outbox = new Outbox(state);
    private final Votes votes = new Votes(state, outbox);

    private void promised(int epoch, ReplicaId to) {
        state.history.apply(new ReplicaEvent.EpochPromised(epoch, to), state.settings);
    }

    private ReplicaMessage sent() {
        return ((ReplicaEffect.Send) outbox.take().getLast()).envelope().message();
    }

    @ParameterizedTest
    @CsvSource({
        // epoch asked for (promised is 5), a leader is heard -> granted
        "6, false, true",
        "5, false, false",
        "4, false, false",
        "6, true, false",
    })
    void aPreVoteIsGrantedForANewEpochWhenNoLeaderIsHeard(int epoch, boolean hearsLeader, boolean granted) {
        promised(5, OTHER);

        votes.answer(OTHER, new PreVote(epoch, new LogKey(-1, 0), false), hearsLeader);

        PreVoteReply reply = (PreVoteReply) sent();
        assertEquals(granted, reply.granted());
        assertEquals(5, reply.promisedEpoch());
        assertEquals(5, state.history.promisedEpoch(), "a pre-vote changes nothing");
    }

    @Test
    void aPromiseLeavesWhenItIsDurable() {
        PromiseRequest request = new PromiseRequest(3, null);
        assertTrue(votes.isNew(OTHER, request));

        votes.promise(OTHER, request);
        List<ReplicaEffect> effects = outbox.take();
        assertEquals(1, effects.size());
        assertEquals(
                List.of(new ReplicaEvent.EpochPromised(3, OTHER)),
                ((ReplicaEffect.Persist) effects.getFirst()).events());

        outbox.persisted();
        PromiseReply reply = (PromiseReply) sent();
        assertTrue(reply.granted());
        assertEquals(3, reply.promisedEpoch());
    }

    @Test
    void theSameCandidateHearsTheSamePromiseAgainAnotherOneDoesNot() {
        promised(3, OTHER);

        assertFalse(votes.isNew(OTHER, new PromiseRequest(3, null)));
        assertTrue(((PromiseReply) sent()).granted());
        assertFalse(votes.isNew(THIRD, new PromiseRequest(3, null)));
        assertFalse(((PromiseReply) sent()).granted());
        assertFalse(votes.isNew(OTHER, new PromiseRequest(2, null)));
        assertFalse(((PromiseReply) sent()).granted());
    }

    @Test
    void aBetterLogIsNoReasonToRefuse() {
        state.history.apply(
                new ReplicaEvent.ReplicaCreated(
                        "orders",
                        ReplicaContext.PARTITION,
                        ReplicaContext.SELF,
                        new VoterSet(List.of(ReplicaContext.SELF, OTHER, THIRD), List.of())),
                state.settings);
        state.history.apply(new ReplicaEvent.EpochStarted(4, 0, THIRD, state.history.config()), state.settings);

        votes.promise(OTHER, new PromiseRequest(5, null));
        outbox.persisted();

        PromiseReply reply = (PromiseReply) sent();
        assertTrue(reply.granted());
        assertEquals(new LogKey(4, 0), reply.key());
    }
}
