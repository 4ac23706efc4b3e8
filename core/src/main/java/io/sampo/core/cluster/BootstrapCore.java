package io.sampo.core.cluster;

import io.sampo.core.cluster.BootstrapEffect.Persist;
import io.sampo.core.cluster.BootstrapEffect.Refuse;
import io.sampo.core.cluster.BootstrapEffect.Send;
import io.sampo.core.cluster.BootstrapMessage.Accepted;
import io.sampo.core.cluster.BootstrapMessage.Answer;
import io.sampo.core.cluster.BootstrapMessage.Ask;
import io.sampo.core.cluster.BootstrapMessage.Confirmed;
import io.sampo.core.cluster.BootstrapMessage.Joined;
import io.sampo.core.cluster.BootstrapMessage.NodeIdAnswer;
import io.sampo.core.cluster.BootstrapMessage.NodeIdWanted;
import io.sampo.core.cluster.BootstrapMessage.Propose;
import io.sampo.core.cluster.BootstrapState.Member;
import io.sampo.core.cluster.BootstrapState.Proposed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/// How a node comes into its cluster: by founding it together with all listed nodes, or by joining the one that is
/// there (replication design 2.1).
///
/// What makes it safe: a Genesis is confirmed only when every listed node has it on disk; a member accepts no
/// other; who is not yet a member replaces what it accepted only by a proposal of a higher round; and a node
/// believes only answers to questions that it asked after its own last change. So a minority that lost its
/// disks meets a member and joins. Times and losses decide only how long it takes.
///
/// Deterministic; one thread. Effects are carried out in order before the next input.
public final class BootstrapCore {
    private final BootstrapSettings settings;
    private final Genesis.Voter self;
    private final List<NodeAddress> list;
    private final Supplier<String> newClusterId;
    private final Contacts contacts;
    private final IslandRule islands;
    private final List<BootstrapEffect> effects = new ArrayList<>();
    private final Set<NodeAddress> accepted = new TreeSet<>();

    private BootstrapState state;
    private List<NodeAddress> members = List.of();
    private boolean leaderKnown;
    private boolean founder;
    private boolean ended;
    private long settledMs;
    private long joinAskedMs = Long.MIN_VALUE;
    private long contradictedMs = Long.MIN_VALUE;
    private long question;

    /// @param self where others reach this node; its id is [Genesis.Voter#UNASSIGNED] when the controller gives one
    /// @param list `sampo.cluster.bootstrap.nodes`; empty: a cluster of its own
    /// @param remembered other nodes of the cluster as they were last seen
    /// @param state what is on disk
    /// @param newClusterId makes up an id that was never used
    /// @param firstQuestion random: what others say to an earlier process of this node must not count for this one
    public BootstrapCore(
            BootstrapSettings settings,
            Genesis.Voter self,
            List<NodeAddress> list,
            List<NodeAddress> remembered,
            BootstrapState state,
            Supplier<String> newClusterId,
            long firstQuestion) {
        this.settings = settings;
        this.self = self;
        this.list = List.copyOf(list);
        this.state = state;
        this.newClusterId = newClusterId;
        this.question = firstQuestion;
        this.contacts = new Contacts(self.address(), list, remembered, settings.statusMaxAgeMs());
        this.islands = new IslandRule(self.address(), settings.leaderlessMs());
    }

    public BootstrapState state() {
        return state;
    }

    /// The node has started.
    public List<BootstrapEffect> start(long nowMs) {
        settledMs = nowMs;
        return tick(nowMs, true);
    }

    /// Time passes: to be called every `askIntervalMs`.
    ///
    /// @param leaderKnown whether this node knows a controller; counts once it joined
    public List<BootstrapEffect> tick(long nowMs, boolean leaderKnown) {
        this.leaderKnown = leaderKnown && !members.isEmpty();
        islands.tick(nowMs, leaderKnown || members.isEmpty());
        if (members.isEmpty() || islands.suspicious(nowMs)) {
            ask();
        }
        advance(nowMs);
        if (state instanceof Proposed proposed && isProposer() && !accepted.isEmpty()) {
            propose(proposed);
        }
        return taken();
    }

    public List<BootstrapEffect> received(BootstrapMessage message, long nowMs) {
        switch (message) {
            case Ask ask -> send(ask.from(), new Answer(status(), ask.question()));
            case Answer answer -> onAnswer(answer, nowMs);
            case Joined joined -> onJoined(joined.from());
            case Propose propose -> onPropose(propose);
            case Accepted answer -> onAccepted(answer);
            case Confirmed confirmed -> onConfirmed(confirmed.genesis());
            case NodeIdWanted wanted -> onNodeIdWanted(wanted);
            case NodeIdAnswer answer -> onNodeIdAnswer(answer);
        }
        advance(nowMs);
        return taken();
    }

    /// The members of the running cluster that this node is part of changed.
    ///
    /// @param now with this node; empty when it is in none
    public List<BootstrapEffect> membersChanged(List<NodeAddress> now, long nowMs) {
        boolean first = members.isEmpty() && !now.isEmpty();
        members = List.copyOf(now);
        if (first) {
            contacts.others().forEach(other -> send(other, new Joined(self.address())));
        }
        advance(nowMs);
        return taken();
    }

    private BootstrapStatus status() {
        return new BootstrapStatus(self, list, state, members, leaderKnown);
    }

    private List<BootstrapEffect> taken() {
        List<BootstrapEffect> result = List.copyOf(effects);
        effects.clear();
        return result;
    }

    private void send(NodeAddress to, BootstrapMessage message) {
        effects.add(new Send(to, message));
    }

    private void ask() {
        question++;
        contacts.others().forEach(other -> send(other, new Ask(self.address(), question)));
    }

    private void persist(BootstrapState next) {
        state = next;
        contacts.forget(question);
        effects.add(new Persist(next));
    }

    // ---- messages --------------------------------------------------------------------------------------------

    private void onAnswer(Answer answer, long nowMs) {
        BootstrapStatus other = answer.status();
        contacts.heard(other, answer.question(), nowMs);
        if (state instanceof Member member && islands.restart(other, member.clusterId(), members, nowMs)) {
            effects.add(new BootstrapEffect.Rejoin("this node sees no controller, and " + other.self()
                    + " is in a cluster of " + other.members().size() + " nodes that this node is not part of"));
        }
    }

    private void onJoined(NodeAddress other) {
        if (members.isEmpty() && contacts.others().contains(other)) {
            question++;
            send(other, new Ask(self.address(), question));
        }
    }

    private void onPropose(Propose propose) {
        Proposed proposed = propose.proposed();
        if (state instanceof Member
                || !proposed.genesis().voters().contains(self)
                || !proposed.genesis().addresses().equals(list)) {
            return;
        }
        if (!(state instanceof Proposed held) || held.round() < proposed.round()) {
            accepted.clear();
            persist(proposed);
        }
        if (proposed.equals(state)) {
            send(propose.from(), new Accepted(self, proposed));
        }
    }

    private void onAccepted(Accepted answer) {
        if (!(state instanceof Proposed proposed)
                || !isProposer()
                || !answer.proposed().equals(proposed)) {
            return;
        }
        Genesis genesis = proposed.genesis();
        if (!accepted.isEmpty() && genesis.voters().contains(answer.from())) {
            accepted.add(answer.from().address());
            if (accepted.containsAll(list)) {
                founder = true;
                persist(new Member(genesis));
                contacts.others().forEach(other -> send(other, new Confirmed(genesis)));
            }
        }
    }

    private void onConfirmed(Genesis genesis) {
        if (state instanceof Proposed proposed && proposed.genesis().equals(genesis)) {
            persist(new Member(genesis));
        }
    }

    private void onNodeIdWanted(NodeIdWanted wanted) {
        if (!members.isEmpty()
                && state instanceof Member member
                && member.clusterId().equals(wanted.clusterId())) {
            effects.add(new BootstrapEffect.AssignNodeId(wanted.from()));
        }
    }

    private void onNodeIdAnswer(NodeIdAnswer answer) {
        if (ended || self.nodeId() != Genesis.Voter.UNASSIGNED) {
            return;
        }
        ended = true;
        effects.add(
                answer.nodeId() == Genesis.Voter.UNASSIGNED
                        ? new Refuse(answer.problem())
                        : new BootstrapEffect.NodeIdAssigned(answer.nodeId()));
    }

    // ---- decisions -------------------------------------------------------------------------------------------

    private void advance(long nowMs) {
        if (!(state instanceof Member)) {
            // From when it is a member it waits for others to start the running cluster.
            settledMs = nowMs;
        }
        if (ended || !members.isEmpty()) {
            return;
        }
        String contradiction = Contradictions.of(self, list, state, contacts.fresh(nowMs));
        if (contradiction == null) {
            contradictedMs = Long.MIN_VALUE;
        } else if (contradictedMs == Long.MIN_VALUE) {
            contradictedMs = nowMs;
        } else if (nowMs - contradictedMs >= settings.conflictGraceMs()) {
            ended = true;
            effects.add(new Refuse(contradiction));
            return;
        }
        if (!(state instanceof Member) && contradiction == null) {
            becomeMember(nowMs);
        }
        if (state instanceof Member member) {
            join(member, nowMs);
        }
    }

    private void becomeMember(long nowMs) {
        List<Genesis> clusters = contacts.clusters(nowMs);
        if (!clusters.isEmpty()) {
            persist(new Member(clusters.getFirst()));
            ask();
        } else if (list.isEmpty()) {
            founder = true;
            persist(new Member(Genesis.single(newClusterId.get(), self)));
        } else if (isProposer() && contacts.allFresh(list, nowMs)) {
            agree(nowMs);
        }
    }

    private boolean isProposer() {
        return list.contains(self.address())
                && list.stream().allMatch(other -> self.address().compareTo(other) <= 0);
    }

    private void agree(long nowMs) {
        List<Genesis.Voter> voters = contacts.voters(self, list, nowMs);
        Proposed own = state instanceof Proposed proposed ? proposed : null;
        int highest = contacts.highestRound(nowMs);
        if (own != null && own.genesis().voters().equals(voters) && own.round() >= highest) {
            if (accepted.isEmpty()) {
                propose(own);
            }
            return;
        }
        // What was proposed before names a disk that is gone. Or nothing was.
        int round = Math.max(highest, own == null ? 0 : own.round()) + 1;
        Proposed next = new Proposed(round, new Genesis(newClusterId.get(), voters));
        accepted.clear();
        persist(next);
        propose(next);
    }

    private void propose(Proposed proposed) {
        accepted.add(self.address());
        for (NodeAddress other : list) {
            if (!accepted.contains(other)) {
                send(other, new Propose(self.address(), proposed));
            }
        }
        onAccepted(new Accepted(self, proposed));
    }

    private void join(Member member, long nowMs) {
        if (joinAskedMs != Long.MIN_VALUE && nowMs - joinAskedMs < settings.joinTimeoutMs()) {
            return;
        }
        List<NodeAddress> running = contacts.running(member.clusterId(), nowMs);
        if (self.nodeId() == Genesis.Voter.UNASSIGNED) {
            running.stream().findFirst().ifPresent(node -> askForNodeId(node, member.clusterId(), nowMs));
        } else if (!running.isEmpty()) {
            joinAskedMs = nowMs;
            effects.add(new BootstrapEffect.Join(running));
        } else if (mayForm(member.clusterId(), nowMs)) {
            joinAskedMs = nowMs;
            effects.add(BootstrapEffect.Form.INSTANCE);
        }
    }

    private void askForNodeId(NodeAddress node, String clusterId, long nowMs) {
        joinAskedMs = nowMs;
        send(node, new NodeIdWanted(self, clusterId));
    }

    /// Who starts the running cluster when nobody is in one. Two that do it at the same time do no harm: without a
    /// majority of the metadata's voters neither of them changes anything, and the island restarts.
    private boolean mayForm(String clusterId, long nowMs) {
        if (founder || contacts.others().isEmpty()) {
            return true;
        }
        boolean patient = nowMs - settledMs >= settings.incompleteWaitMs();
        if (list.isEmpty()) {
            return patient || contacts.allFresh(contacts.others(), nowMs);
        }
        List<NodeAddress> present = contacts.present(list, clusterId, nowMs);
        return list.contains(self.address())
                && present.stream().allMatch(other -> self.address().compareTo(other) <= 0)
                && (present.size() == list.size() || patient && present.size() > list.size() / 2);
    }
}
