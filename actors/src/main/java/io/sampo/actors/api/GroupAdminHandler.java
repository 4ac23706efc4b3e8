package io.sampo.actors.api;

import io.sampo.actors.group.GroupRouter;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.utils.Utils;

/// ListGroups (v0-v5), DescribeGroups (v0-v6) and DeleteGroups (v0-v3).
///
/// Thread rule: [RequestHandler]'s; the answers come on the coordinators' threads.
public final class GroupAdminHandler implements RequestHandler {
    /// What anybody may do with a group while there are no access rules: everything that can be allowed for one.
    private static final int ALL_GROUP_OPERATIONS = Utils.to32BitField(Set.of(
            AclOperation.READ.code(),
            AclOperation.DESCRIBE.code(),
            AclOperation.DELETE.code(),
            AclOperation.DESCRIBE_CONFIGS.code(),
            AclOperation.ALTER_CONFIGS.code()));

    private final GroupRouter router;

    public GroupAdminHandler(GroupRouter router) {
        this.router = router;
    }

    @Override
    public void handle(ClientRequest request) {
        switch (request.body()) {
            case ListGroupsRequest list -> list(request, list.data());
            case DescribeGroupsRequest describe -> describe(request, describe);
            case DeleteGroupsRequest delete -> delete(request, delete);
            default -> GroupRequests.refuse(request, Errors.INVALID_REQUEST);
        }
    }

    /// All groups of this node; a client asks every node.
    private void list(ClientRequest request, ListGroupsRequestData data) {
        List<PartitionId> partitions = router.ledPartitions();
        AtomicReference<Errors> failure = new AtomicReference<>(Errors.NONE);
        Gathering<ListedGroup> gathering = new Gathering<>(
                Math.max(partitions.size(), 1),
                groups -> request.respond(new ListGroupsResponse(
                        failure.get() == Errors.NONE
                                ? new ListGroupsResponseData().setGroups(groups)
                                : new ListGroupsResponseData()
                                        .setErrorCode(failure.get().code()))));
        if (partitions.isEmpty()) {
            gathering.add(0, List.of());
            return;
        }
        for (int i = 0; i < partitions.size(); i++) {
            int part = i;
            router.ask(
                    partitions.get(i),
                    GroupRequests.ask(
                            request,
                            (core, caller, nowMs) -> core.list(caller, data, nowMs),
                            GroupRequests.reply(
                                    ListGroupsResponseData.class,
                                    answer -> gathering.add(part, answer.groups()),
                                    error -> {
                                        // Another node has them now, and is asked as well.
                                        if (error != Errors.NOT_COORDINATOR) {
                                            failure.set(error);
                                        }
                                        gathering.add(part, List.of());
                                    })));
        }
    }

    private void describe(ClientRequest request, DescribeGroupsRequest body) {
        boolean withOperations = request.apiVersion() >= 3 && body.data().includeAuthorizedOperations();
        List<List<String>> byCoordinator = byCoordinator(body.data().groups());
        Gathering<DescribedGroup> gathering = new Gathering<>(Math.max(byCoordinator.size(), 1), groups -> {
            if (withOperations) {
                groups.stream()
                        .filter(group -> group.errorCode() == Errors.NONE.code())
                        .forEach(group -> group.setAuthorizedOperations(ALL_GROUP_OPERATIONS));
            }
            request.respond(new DescribeGroupsResponse(new DescribeGroupsResponseData().setGroups(groups)));
        });
        if (byCoordinator.isEmpty()) {
            gathering.add(0, List.of());
        }
        for (int i = 0; i < byCoordinator.size(); i++) {
            int part = i;
            List<String> groupIds = byCoordinator.get(i);
            router.ask(
                    groupIds.getFirst(),
                    GroupRequests.ask(
                            request,
                            (core, caller, nowMs) -> core.describe(caller, groupIds, nowMs),
                            GroupRequests.reply(
                                    DescribeGroupsResponseData.class,
                                    answer -> gathering.add(part, answer.groups()),
                                    error -> gathering.add(
                                            part, DescribeGroupsRequest.getErrorDescribedGroupList(groupIds, error)))));
        }
    }

    private void delete(ClientRequest request, DeleteGroupsRequest body) {
        List<List<String>> byCoordinator = byCoordinator(body.data().groupsNames());
        Gathering<DeletableGroupResult> gathering = new Gathering<>(Math.max(byCoordinator.size(), 1), results -> {
            DeletableGroupResultCollection all = new DeletableGroupResultCollection(results.size());
            // An element belongs to one collection at a time.
            results.forEach(result -> all.add(result.duplicate()));
            request.respond(new DeleteGroupsResponse(new DeleteGroupsResponseData().setResults(all)));
        });
        if (byCoordinator.isEmpty()) {
            gathering.add(0, List.of());
        }
        for (int i = 0; i < byCoordinator.size(); i++) {
            int part = i;
            List<String> groupIds = byCoordinator.get(i);
            router.ask(
                    groupIds.getFirst(),
                    GroupRequests.ask(
                            request,
                            (core, caller, nowMs) -> core.deleteGroups(caller, groupIds, nowMs),
                            GroupRequests.reply(
                                    DeleteGroupsResponseData.class,
                                    answer -> gathering.add(part, new ArrayList<>(answer.results())),
                                    error -> gathering.add(
                                            part,
                                            new ArrayList<>(
                                                    DeleteGroupsRequest.getErrorResultCollection(groupIds, error))))));
        }
    }

    /// Group ids, each once, in the order of their coordinators' first one.
    private List<List<String>> byCoordinator(List<String> groupIds) {
        Map<Integer, List<String>> groups = new LinkedHashMap<>();
        new LinkedHashSet<>(groupIds)
                .forEach(groupId -> groups.computeIfAbsent(
                                router.partitionFor(Objects.requireNonNull(groupId)), _ -> new ArrayList<>())
                        .add(groupId));
        return List.copyOf(groups.values());
    }
}
