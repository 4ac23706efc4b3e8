package io.sampo.core.cluster;

import io.sampo.core.cluster.BootstrapState.Member;
import io.sampo.core.cluster.BootstrapState.Proposed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The nodes that this one asks, and what each said last. What nobody asked is not kept: a stranger takes no
/// memory.
final class Contacts {

    private record Heard(BootstrapStatus status, long atMs) {}

    private final NodeAddress self;
    private final SortedSet<NodeAddress> others = new TreeSet<>();
    private final Map<NodeAddress, Heard> heard = new TreeMap<>();
    private final long maxAgeMs;
    private long newestForgotten = Long.MIN_VALUE;

    Contacts(NodeAddress self, List<NodeAddress> list, List<NodeAddress> remembered, long maxAgeMs) {
        this.self = self;
        this.maxAgeMs = maxAgeMs;
        others.addAll(list);
        others.addAll(remembered);
        others.remove(self);
    }

    Collection<NodeAddress> others() {
        return others;
    }

    /// @param question that it answers
    void heard(BootstrapStatus status, long question, long nowMs) {
        if (question > newestForgotten && others.contains(status.address())) {
            heard.put(status.address(), new Heard(status, nowMs));
        }
    }

    /// This node changed: what others said before is history, also where it is still on its way.
    ///
    /// @param newest the last question that was asked
    void forget(long newest) {
        newestForgotten = newest;
        heard.clear();
    }

    /// What the others said lately, in the order of their addresses.
    List<BootstrapStatus> fresh(long nowMs) {
        return heard.values().stream()
                .filter(each -> nowMs - each.atMs <= maxAgeMs)
                .map(Heard::status)
                .toList();
    }

    private Optional<BootstrapStatus> fresh(NodeAddress address, long nowMs) {
        return fresh(nowMs).stream()
                .filter(status -> status.address().equals(address))
                .findFirst();
    }

    /// Those of `nodes` that are there and not part of another cluster, this one included.
    List<NodeAddress> present(Collection<NodeAddress> nodes, String clusterId, long nowMs) {
        return nodes.stream()
                .filter(node -> node.equals(self)
                        || fresh(node, nowMs)
                                .filter(status -> !(status.state() instanceof Member) || status.belongsTo(clusterId))
                                .isPresent())
                .toList();
    }

    boolean allFresh(Collection<NodeAddress> nodes, long nowMs) {
        return nodes.stream()
                .allMatch(node -> node.equals(self) || fresh(node, nowMs).isPresent());
    }

    /// Who is at each address of the list, in its order; all must be fresh.
    List<Genesis.Voter> voters(Genesis.Voter own, List<NodeAddress> list, long nowMs) {
        List<Genesis.Voter> voters = new ArrayList<>(list.size());
        for (NodeAddress address : list) {
            voters.add(
                    address.equals(self)
                            ? own
                            : fresh(address, nowMs).orElseThrow().self());
        }
        return voters;
    }

    /// The clusters that others are members of: those with running members first.
    List<Genesis> clusters(long nowMs) {
        List<Genesis> clusters = new ArrayList<>();
        for (BootstrapStatus status : fresh(nowMs)) {
            if (status.state() instanceof Member member && !clusters.contains(member.genesis())) {
                clusters.add(status.joined() ? 0 : clusters.size(), member.genesis());
            }
        }
        return clusters;
    }

    /// Of all that others accepted; 0 when they accepted nothing.
    int highestRound(long nowMs) {
        int highest = 0;
        for (BootstrapStatus status : fresh(nowMs)) {
            if (status.state() instanceof Proposed proposed) {
                highest = Math.max(highest, proposed.round());
            }
        }
        return highest;
    }

    /// Others that are part of a running cluster with that id.
    List<NodeAddress> running(String clusterId, long nowMs) {
        return fresh(nowMs).stream()
                .filter(status -> status.joined() && status.belongsTo(clusterId))
                .map(BootstrapStatus::address)
                .toList();
    }
}
