package io.sampo.core.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.cluster.BootstrapEffect.Persist;
import io.sampo.core.cluster.BootstrapEffect.Refuse;
import io.sampo.core.cluster.BootstrapEffect.Send;
import io.sampo.core.cluster.BootstrapMessage.Accepted;
import io.sampo.core.cluster.BootstrapMessage.Answer;
import io.sampo.core.cluster.BootstrapMessage.Ask;
import io.sampo.core.cluster.BootstrapMessage.Confirmed;
import io.sampo.core.cluster.BootstrapMessage.Propose;
import io.sampo.core.cluster.BootstrapState.Blank;
import io.sampo.core.cluster.BootstrapState.Member;
import io.sampo.core.cluster.BootstrapState.Proposed;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/// The rules of the first start, one by one: what a node does when others answer this or that.
class BootstrapRulesTest {
    private static final long GRACE = BootstrapSettings.DEFAULTS.conflictGraceMs();
    private static final long PATIENCE = BootstrapSettings.DEFAULTS.incompleteWaitMs();

    private final Genesis.Voter a = voter(1, "a");
    private final Genesis.Voter b = voter(2, "b");
    private final Genesis.Voter c = voter(3, "c");
    private final List<NodeAddress> list = List.of(a.address(), b.address(), c.address());
    private final Genesis genesis = new Genesis("one", List.of(a, b, c));

    private long nowMs;

    @Test
    void aNodeWithoutAListFoundsAClusterOfItsOwnAtOnce() {
        List<BootstrapEffect> effects = core(a, List.of(), Blank.INSTANCE).start(0);

        assertEquals(
                List.of(new Persist(new Member(Genesis.single("new", a))), BootstrapEffect.Form.INSTANCE), effects);
    }

    @Test
    void aDirectoryOfASingleNodeGoesOnAsItWas() {
        Member before = new Member(Genesis.single("old", a));

        assertEquals(
                List.of(BootstrapEffect.Form.INSTANCE),
                core(a, List.of(), before).start(0));
    }

    @Test
    void aListOfOneNodeIsThatNodeAlone() {
        BootstrapCore core = core(a, List.of(a.address()), Blank.INSTANCE);

        List<BootstrapEffect> effects = core.start(0);

        assertInstanceOf(Member.class, core.state());
        assertTrue(effects.contains(BootstrapEffect.Form.INSTANCE));
    }

    @Test
    void nothingIsProposedWhileAListedNodeIsMissing() {
        BootstrapCore core = core(a, list, Blank.INSTANCE);
        core.start(0);
        List<BootstrapEffect> effects = answers(core, blank(b, list));

        assertEquals(List.of(), effects);
        assertEquals(Blank.INSTANCE, core.state());
    }

    @Test
    void theLowestAddressProposesAndTheOthersWait() {
        BootstrapCore lowest = core(a, list, Blank.INSTANCE);
        BootstrapCore other = core(b, list, Blank.INSTANCE);
        lowest.start(0);
        other.start(0);

        List<BootstrapEffect> proposed = answers(lowest, blank(b, list), blank(c, list));
        List<BootstrapEffect> waiting = answers(other, blank(a, list), blank(c, list));

        Proposed own = assertInstanceOf(Proposed.class, lowest.state());
        assertEquals(List.of(a, b, c), own.genesis().voters());
        assertEquals(
                List.of(
                        new Persist(own),
                        new Send(b.address(), new Propose(a.address(), own)),
                        new Send(c.address(), new Propose(a.address(), own))),
                proposed);
        assertEquals(List.of(), waiting);
    }

    @Test
    void aProposalIsOnDiskBeforeItIsAcceptedAndConfirmedOnlyWhenAllAccepted() {
        BootstrapCore follower = core(b, list, Blank.INSTANCE);
        BootstrapCore proposer = core(a, list, new Proposed(1, genesis));
        follower.start(0);
        proposer.start(0);
        answers(proposer, blank(b, list), blank(c, list));
        Proposed proposed = new Proposed(1, genesis);

        List<BootstrapEffect> accepted = follower.received(new Propose(a.address(), proposed), 0);
        List<BootstrapEffect> one = proposer.received(new Accepted(b, proposed), 0);
        List<BootstrapEffect> both = proposer.received(new Accepted(c, proposed), 0);

        assertEquals(List.of(new Persist(proposed), new Send(a.address(), new Accepted(b, proposed))), accepted);
        assertEquals(List.of(), one);
        assertEquals(
                List.of(
                        new Persist(new Member(genesis)),
                        new Send(b.address(), new Confirmed(genesis)),
                        new Send(c.address(), new Confirmed(genesis)),
                        BootstrapEffect.Form.INSTANCE),
                both);
    }

    @Test
    void anUnconfirmedGenesisIsResumedAfterARestart() {
        BootstrapCore proposer = core(a, list, new Proposed(4, genesis));
        proposer.start(0);

        List<BootstrapEffect> effects = answers(proposer, blank(b, list), status(c, list, new Proposed(4, genesis)));

        assertEquals(new Proposed(4, genesis), proposer.state());
        assertTrue(effects.contains(new Send(b.address(), new Propose(a.address(), new Proposed(4, genesis)))));
    }

    @Test
    void aGenesisThatNamesADiskThatIsGoneIsReplacedByOneOfAHigherRound() {
        Genesis.Voter wiped = voter(3, "c");
        BootstrapCore proposer = core(a, list, new Proposed(4, genesis));
        proposer.start(0);
        answers(proposer, blank(wiped, list), status(b, list, new Proposed(6, genesis)));

        Proposed next = assertInstanceOf(Proposed.class, proposer.state());
        assertEquals(7, next.round());
        assertEquals(List.of(a, b, wiped), next.genesis().voters());
    }

    @Test
    void aProposalOfAnOlderRoundIsIgnored() {
        BootstrapCore follower = core(b, list, new Proposed(2, genesis));
        follower.start(0);
        Genesis older = new Genesis("older", List.of(a, b, c));

        assertEquals(List.of(), follower.received(new Propose(a.address(), new Proposed(1, older)), 0));
        assertEquals(List.of(), follower.received(new Confirmed(older), 0));
    }

    @Test
    void aMemberAcceptsNothingElse() {
        BootstrapCore member = core(b, list, new Member(genesis));
        member.start(0);
        Genesis other = new Genesis("other", List.of(a, b, c));

        assertEquals(List.of(), member.received(new Propose(a.address(), new Proposed(9, other)), 0));
        assertEquals(new Member(genesis), member.state());
    }

    @Test
    void aWipedMinorityJoinsAndNeverFounds() {
        Genesis.Voter wiped = voter(1, "a");
        BootstrapCore core = core(wiped, list, Blank.INSTANCE);
        core.start(0);
        List<BootstrapEffect> learnt = answers(core, running(b, b, c));
        List<BootstrapEffect> joins = answers(core, running(b, b, c), running(c, b, c));

        assertTrue(learnt.contains(new Persist(new Member(genesis))));
        assertTrue(joins.contains(new BootstrapEffect.Join(List.of(b.address()))), joins.toString());
    }

    @Test
    void whoIsNotListedWaitsAndJoins() {
        Genesis.Voter d = voter(4, "d");
        BootstrapCore core = core(d, list, Blank.INSTANCE);
        core.start(0);
        assertEquals(List.of(), answers(core, blank(a, list), blank(b, list), blank(c, list)));

        answers(core, running(a, a, b, c));
        assertEquals(List.of(new BootstrapEffect.Join(List.of(a.address()))), answers(core, running(a, a, b, c)));
    }

    @Test
    void whoHasNoNodeIdAsksForOneAndDoesNotJoinBefore() {
        Genesis.Voter d = voter(Genesis.Voter.UNASSIGNED, "d");
        BootstrapCore core = core(d, list, Blank.INSTANCE);
        core.start(0);
        answers(core, running(a, a, b, c));
        List<BootstrapEffect> asks = answers(core, running(a, a, b, c));
        List<BootstrapEffect> assigned = core.received(new BootstrapMessage.NodeIdAnswer(7, ""), 0);

        assertEquals(List.of(new Send(a.address(), new BootstrapMessage.NodeIdWanted(d, "one"))), asks);
        assertEquals(List.of(new BootstrapEffect.NodeIdAssigned(7)), assigned);
    }

    @Test
    void anotherClusterIsRefusedWithBothIdsUnlessSomebodyElseIsOfOurs() {
        Member other = new Member(new Genesis("two", List.of(c)));
        BootstrapCore alone = core(c, list, other);
        alone.start(0);
        answers(alone, running(a, a, b));
        nowMs += GRACE;
        List<BootstrapEffect> refused = answers(alone, running(a, a, b), running(b, a, b));
        BootstrapCore withFriend = core(a, list, new Member(genesis));
        withFriend.start(nowMs);
        answers(withFriend, status(c, list, other));
        nowMs += GRACE - 1;
        List<BootstrapEffect> goesOn = answers(withFriend, running(b, b), status(c, list, other));

        Refuse refuse = assertInstanceOf(Refuse.class, refused.getFirst());
        assertTrue(refuse.message().startsWith("INCONSISTENT_CLUSTER_ID"));
        assertTrue(refuse.message().contains("two") && refuse.message().contains("one"), refuse.message());
        assertEquals(List.of(new BootstrapEffect.Join(List.of(b.address()))), goesOn);
    }

    @Test
    void differentListsAreRefusedAndBothAreNamed() {
        List<NodeAddress> shorter = List.of(b.address());
        BootstrapCore core = core(a, list, Blank.INSTANCE);
        core.start(0);
        answers(core, blank(b, shorter), blank(c, list));
        nowMs += GRACE;
        List<BootstrapEffect> effects = answers(core, blank(b, shorter), blank(c, list));

        Refuse refuse = assertInstanceOf(Refuse.class, effects.getFirst());
        assertTrue(refuse.message().contains("a:1,b:1,c:1") && refuse.message().contains("on b:1 it is b:1"));
    }

    @Test
    void twoNodesWithTheSameIdAreRefused() {
        Genesis.Voter twin = voter(1, "b");
        BootstrapCore core = core(a, list, Blank.INSTANCE);
        core.start(0);
        answers(core, blank(twin, list), blank(c, list));
        nowMs += GRACE;
        List<BootstrapEffect> effects = answers(core, blank(twin, list), blank(c, list));

        assertTrue(assertInstanceOf(Refuse.class, effects.getFirst()).message().contains("node.id 1"));
    }

    @Test
    void afterAFullStopAMajorityGoesOnWithoutTheRestAndAMinorityWaits() {
        BootstrapCore majority = core(b, list, new Member(genesis));
        BootstrapCore minority = core(a, list, new Member(genesis));
        majority.start(0);
        minority.start(0);
        List<BootstrapEffect> early = answers(majority, member(c));
        nowMs += PATIENCE;
        List<BootstrapEffect> late = answers(majority, member(c));

        assertEquals(List.of(), early);
        assertEquals(List.of(BootstrapEffect.Form.INSTANCE), late);
        assertEquals(List.of(), answers(minority));
    }

    @Test
    void afterAFullStopOfAllTheLowestAddressStartsAtOnceAndTheOthersJoinIt() {
        BootstrapCore lowest = core(a, list, new Member(genesis));
        BootstrapCore other = core(b, list, new Member(genesis));
        lowest.start(0);
        other.start(0);

        assertEquals(List.of(BootstrapEffect.Form.INSTANCE), answers(lowest, member(b), member(c)));
        assertEquals(List.of(), answers(other, member(a), member(c)));
        assertEquals(List.of(new BootstrapEffect.Join(List.of(a.address()))), answers(other, running(a, a), member(c)));
    }

    @Test
    void whatWasSaidBeforeTheOwnChangeDoesNotCount() {
        BootstrapCore core = core(b, list, Blank.INSTANCE);
        long asked = question(core.start(0));
        core.received(new Propose(a.address(), new Proposed(1, genesis)), 0);
        Genesis stale = new Genesis("stale", List.of(voter(1, "a"), b, c));
        BootstrapStatus gone = new BootstrapStatus(a, list, new Member(stale), List.of(a.address()), true);

        assertEquals(List.of(), core.received(new Answer(gone, asked), 0));
        assertEquals(new Proposed(1, genesis), core.state());
    }

    @Test
    void anIslandWithoutAControllerRestartsWhenTheOthersAreMore() {
        BootstrapCore core = core(a, list, new Member(genesis));
        core.start(0);
        core.membersChanged(List.of(a.address()), 0);
        core.tick(0, true);
        nowMs = BootstrapSettings.DEFAULTS.leaderlessMs();
        long asked = question(core.tick(nowMs, false));
        BootstrapStatus others =
                new BootstrapStatus(b, list, new Member(genesis), List.of(b.address(), c.address()), false);

        List<BootstrapEffect> effects = core.received(new Answer(others, asked), nowMs);

        assertInstanceOf(BootstrapEffect.Rejoin.class, effects.getFirst());
    }

    @Test
    void anIslandWithAControllerStays() {
        BootstrapCore core = core(a, list, new Member(genesis));
        core.start(0);
        core.membersChanged(List.of(a.address()), 0);
        nowMs = BootstrapSettings.DEFAULTS.leaderlessMs();

        assertEquals(List.of(), core.tick(nowMs, true));
    }

    private List<BootstrapEffect> answers(BootstrapCore core, BootstrapStatus... statuses) {
        List<BootstrapEffect> effects = new ArrayList<>(core.tick(nowMs, true));
        long asked = question(effects);
        for (BootstrapStatus status : statuses) {
            effects.addAll(core.received(new Answer(status, asked), nowMs));
        }
        effects.removeIf(effect -> effect instanceof Send send && send.message() instanceof Ask);
        return effects;
    }

    private static long question(List<BootstrapEffect> effects) {
        return effects.stream()
                .filter(effect -> effect instanceof Send send && send.message() instanceof Ask)
                .mapToLong(effect -> ((Ask) ((Send) effect).message()).question())
                .findFirst()
                .orElse(-1);
    }

    private BootstrapStatus blank(Genesis.Voter node, List<NodeAddress> itsList) {
        return status(node, itsList, Blank.INSTANCE);
    }

    private BootstrapStatus member(Genesis.Voter node) {
        return status(node, list, new Member(genesis));
    }

    private BootstrapStatus running(Genesis.Voter node, Genesis.Voter... members) {
        List<NodeAddress> addresses =
                List.of(members).stream().map(Genesis.Voter::address).toList();
        return new BootstrapStatus(node, list, new Member(genesis), addresses, true);
    }

    private static BootstrapStatus status(Genesis.Voter node, List<NodeAddress> itsList, BootstrapState state) {
        return new BootstrapStatus(node, itsList, state, List.of(), false);
    }

    private static BootstrapCore core(Genesis.Voter self, List<NodeAddress> list, BootstrapState state) {
        return new BootstrapCore(BootstrapSettings.DEFAULTS, self, list, List.of(), state, () -> "new", 100);
    }

    private static Genesis.Voter voter(int nodeId, String host) {
        return new Genesis.Voter(nodeId, Uuid.randomUuid(), Uuid.randomUuid(), host, 1);
    }
}
