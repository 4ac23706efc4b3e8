package io.sampo.core.group;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Chooses the assignment strategy of a group: among those that every member supports, the one most members prefer.
/// That is how a group moves to a new strategy by a rolling restart. A tie goes to the first name in the alphabet.
final class ProtocolVotes {
    /// Protocol name to the number of members that support it.
    private final Map<String, Integer> supporters = new TreeMap<>();

    void add(Member member) {
        member.protocols().forEach(protocol -> supporters.merge(protocol.name(), 1, Integer::sum));
    }

    void remove(Member member) {
        member.protocols()
                .forEach(protocol ->
                        supporters.computeIfPresent(protocol.name(), (name, count) -> count == 1 ? null : count - 1));
    }

    boolean supportsAny(List<Member.Protocol> protocols, int memberCount) {
        return protocols.stream().anyMatch(protocol -> supporters.getOrDefault(protocol.name(), 0) == memberCount);
    }

    String select(Collection<Member> members) {
        Set<String> candidates = new TreeSet<>();
        supporters.forEach((name, count) -> {
            if (count == members.size()) {
                candidates.add(name);
            }
        });
        Map<String, Integer> votes = new TreeMap<>();
        members.forEach(member -> votes.merge(member.vote(candidates), 1, Integer::sum));
        String best = "";
        int mostVotes = 0;
        for (Map.Entry<String, Integer> vote : votes.entrySet()) {
            if (vote.getValue() > mostVotes) {
                best = vote.getKey();
                mostVotes = vote.getValue();
            }
        }
        return best;
    }
}
