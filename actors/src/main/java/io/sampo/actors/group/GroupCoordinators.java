package io.sampo.actors.group;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.partition.PartitionId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.internals.Topic;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/// Keeps one [GroupCoordinator] on each partition of `__consumer_offsets` that this node leads, and tells the
/// [GroupRouter] where they are. A coordinator lives as long as the leader epoch it was made for.
public final class GroupCoordinators {

    public sealed interface Command {}

    /// To be sent when topics were deleted, whoever did it.
    public record TopicsDeleted(Set<String> topics) implements Command {}

    private record Started(LeaderHandle leader) implements Command {}

    private record Ended(PartitionId id, int leaderEpoch) implements Command {}

    private record Running(int leaderEpoch, ActorRef<GroupCoordinator.Command> coordinator) {}

    private final ActorContext<Command> context;
    private final GroupRouter router;
    private final GroupCoordinator.Environment environment;
    private final Map<PartitionId, Running> running = new HashMap<>();

    private GroupCoordinators(
            ActorContext<Command> context, GroupRouter router, GroupCoordinator.Environment environment) {
        this.context = context;
        this.router = router;
        this.environment = environment;
    }

    public static Behavior<Command> create(
            LeaderDirectory leaders, GroupRouter router, GroupCoordinator.Environment environment) {
        return Behaviors.setup(context -> {
            ActorRef<Command> self = context.getSelf();
            leaders.subscribe(Topic.GROUP_METADATA_TOPIC_NAME, new LeaderDirectory.LeadershipListener() {
                @Override
                public void started(LeaderHandle leader) {
                    self.tell(new Started(leader));
                }

                @Override
                public void ended(PartitionId id, int leaderEpoch) {
                    self.tell(new Ended(id, leaderEpoch));
                }
            });
            GroupCoordinators coordinators = new GroupCoordinators(context, router, environment);
            return Behaviors.receiveMessage(coordinators::onCommand);
        });
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Started started -> start(started.leader());
            case Ended ended -> {
                Running present = running.get(ended.id());
                if (present != null && present.leaderEpoch() <= ended.leaderEpoch()) {
                    stop(ended.id(), present);
                }
            }
            case TopicsDeleted deleted ->
                running.values()
                        .forEach(each -> each.coordinator().tell(new GroupCoordinator.TopicsDeleted(deleted.topics())));
        }
        return Behaviors.same();
    }

    private void start(LeaderHandle leader) {
        Running present = running.get(leader.id());
        if (present != null) {
            if (present.leaderEpoch() >= leader.leaderEpoch()) {
                return;
            }
            stop(leader.id(), present);
        }
        ActorRef<GroupCoordinator.Command> coordinator = context.spawn(
                GroupCoordinator.create(leader, environment),
                "group-coordinator-" + leader.id().topicId() + "-" + leader.id().partition() + "-"
                        + leader.leaderEpoch());
        running.put(leader.id(), new Running(leader.leaderEpoch(), coordinator));
        router.started(leader.id(), coordinator);
    }

    private void stop(PartitionId id, Running present) {
        running.remove(id);
        router.stopped(id, present.coordinator());
        present.coordinator().tell(GroupCoordinator.Retire.NOW);
    }
}
