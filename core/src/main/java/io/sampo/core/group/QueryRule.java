package io.sampo.core.group;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;

/// DescribeGroups (v0-v6) and ListGroups (v0-v5).
final class QueryRule {
    /// The only type of group there is so far (KIP-848's name for it).
    private static final String CLASSIC_TYPE = "classic";

    private final CoordinatorState state;

    QueryRule(CoordinatorState state) {
        this.state = state;
    }

    void describe(Turn turn, Caller caller, List<String> groupIds) {
        List<DescribedGroup> described = new ArrayList<>(groupIds.size());
        groupIds.forEach(groupId -> described.add(describe(caller, groupId)));
        turn.reply(caller.requestId(), new DescribeGroupsResponseData().setGroups(described));
    }

    private DescribedGroup describe(Caller caller, String groupId) {
        DescribedGroup answer = new DescribedGroup().setGroupId(groupId);
        ClassicGroup group = state.group(groupId);
        if (group == null) {
            answer.setGroupState(GroupState.DEAD.protocolName());
            // Before v6 a group that does not exist is a dead group without an error (KIP-1043).
            return caller.apiVersion() >= 6
                    ? answer.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code())
                            .setErrorMessage("Group " + groupId + " not found.")
                    : answer;
        }
        boolean isStable = group.isIn(GroupState.STABLE);
        answer.setGroupState(group.state().protocolName())
                .setProtocolType(group.protocolType() == null ? "" : group.protocolType())
                .setProtocolData(isStable && group.protocolName() != null ? group.protocolName() : "");
        for (Member member : group.members()) {
            answer.members()
                    .add(new DescribedGroupMember()
                            .setMemberId(member.memberId())
                            .setGroupInstanceId(member.groupInstanceId())
                            .setClientId(member.clientId())
                            .setClientHost(member.clientHost())
                            .setMemberMetadata(isStable ? member.metadata(group.protocolName()) : Member.NO_ASSIGNMENT)
                            .setMemberAssignment(member.assignment()));
        }
        return answer;
    }

    void list(Turn turn, Caller caller, ListGroupsRequestData request) {
        Set<String> states = lowerCase(request.statesFilter());
        Set<String> types = lowerCase(request.typesFilter());
        ListGroupsResponseData response = new ListGroupsResponseData();
        for (ClassicGroup group : state.groups()) {
            boolean isAskedFor =
                    (states.isEmpty() || states.contains(group.state().filterName()))
                            && (types.isEmpty() || types.contains(CLASSIC_TYPE));
            if (isAskedFor) {
                response.groups()
                        .add(new ListedGroup()
                                .setGroupId(group.groupId())
                                .setProtocolType(group.protocolType() == null ? "" : group.protocolType())
                                .setGroupState(group.state().protocolName())
                                .setGroupType(CLASSIC_TYPE));
            }
        }
        turn.reply(caller.requestId(), response);
    }

    private static Set<String> lowerCase(List<String> filter) {
        Set<String> lower = new HashSet<>();
        filter.forEach(each -> lower.add(each.trim().toLowerCase(Locale.ROOT)));
        return lower;
    }
}
