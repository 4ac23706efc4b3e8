package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.Election.Outcome;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ElectionTest {
    private static final VoterSet THREE = voters(1, 2, 3);
    private static final LogKey OWN = new LogKey(4, 10);

    private static VoterSet voters(Integer... nodes) {
        return new VoterSet(Stream.of(nodes).map(QuorumCluster::id).toList(), List.of());
    }

    private static Election election(VoterSet config, @Nullable VoterSet target, boolean suspect) {
        return new Election(QuorumCluster.id(1), OWN, config, target, suspect, Mutations.NONE);
    }

    private static PromiseReply promise(LogKey key, VoterSet config, boolean suspect) {
        return new PromiseReply(5, true, 5, key, 0, config, suspect);
    }

    @Test
    void aMajorityDecidesAndTheCandidateIsPreferredAmongEquals() {
        Election election = election(THREE, null, false);
        assertInstanceOf(Outcome.Open.class, election.outcome());

        election.promised(QuorumCluster.id(3), promise(OWN, THREE, false));

        Outcome.Won won = assertInstanceOf(Outcome.Won.class, election.outcome());
        assertEquals(QuorumCluster.id(1), won.best());
        assertFalse(won.lastResort());
    }

    @Test
    void theBestLogIsThatOfTheHighestEpochNotTheLongest() {
        Election election = election(THREE, null, false);
        election.promised(QuorumCluster.id(2), promise(new LogKey(3, 90), THREE, false));
        assertEquals(QuorumCluster.id(1), ((Outcome.Won) election.outcome()).best());

        election.promised(QuorumCluster.id(3), promise(new LogKey(5, 10), THREE, false));
        assertEquals(QuorumCluster.id(3), ((Outcome.Won) election.outcome()).best());
    }

    @Test
    void theConfigurationOfTheBestLogHasToAgreeToo() {
        VoterSet four = voters(1, 2, 3, 4);
        Election election = election(THREE, null, false);
        election.promised(QuorumCluster.id(2), promise(new LogKey(5, 10), four, false));

        Outcome.Open open = assertInstanceOf(Outcome.Open.class, election.outcome());
        assertTrue(open.voters().contains(QuorumCluster.id(4)), "it has to be asked as well");

        election.promised(QuorumCluster.id(4), promise(OWN, four, false));
        assertEquals(four, ((Outcome.Won) election.outcome()).config());
    }

    @Test
    void aChangeOfConfigurationNeedsBothMajorities() {
        VoterSet five = voters(1, 2, 3, 4, 5);
        VoterSet four = voters(1, 2, 3, 4);
        Election election = election(five, four, false);
        election.promised(QuorumCluster.id(5), promise(OWN, five, false));
        election.promised(QuorumCluster.id(2), promise(OWN, five, false));
        assertInstanceOf(Outcome.Open.class, election.outcome(), "three of five, but two of four");

        election.promised(QuorumCluster.id(3), promise(OWN, five, false));
        assertInstanceOf(Outcome.Won.class, election.outcome());
    }

    @Test
    void strangersDoNotCount() {
        Election election = election(THREE, null, false);
        election.promised(QuorumCluster.id(8), promise(OWN, THREE, false));
        election.promised(QuorumCluster.id(9), promise(OWN, THREE, false));

        assertInstanceOf(Outcome.Open.class, election.outcome());
    }

    @Test
    void suspectOnesCountOnlyWhenAllHaveAnswered() {
        Election election = election(THREE, null, false);
        election.promised(QuorumCluster.id(2), promise(new LogKey(5, 1), THREE, true));
        assertInstanceOf(Outcome.Open.class, election.outcome());

        election.promised(QuorumCluster.id(3), promise(new LogKey(4, 12), THREE, true));
        Outcome.Won won = assertInstanceOf(Outcome.Won.class, election.outcome());
        assertTrue(won.lastResort());
        assertEquals(QuorumCluster.id(2), won.best(), "the best of all, suspect or not");
    }

    @Test
    void aMajorityWithoutSuspectOnesIsNoLastResort() {
        Election election = election(THREE, null, false);
        election.promised(QuorumCluster.id(2), promise(new LogKey(9, 99), THREE, true));
        election.promised(QuorumCluster.id(3), promise(OWN, THREE, false));

        Outcome.Won won = assertInstanceOf(Outcome.Won.class, election.outcome());
        assertFalse(won.lastResort());
        assertEquals(QuorumCluster.id(1), won.best(), "what a suspect one has is not asked");
    }
}
