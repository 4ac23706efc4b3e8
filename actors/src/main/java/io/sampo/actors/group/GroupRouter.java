package io.sampo.actors.group;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/// From a group id to its coordinator on this node. Any thread; lookups are lock-free.
public final class GroupRouter {
    private final MetadataView metadata;
    private final LeaderDirectory leaders;
    private final GroupSettings settings;
    private final Map<PartitionId, ActorRef<GroupCoordinator.Command>> coordinators = new ConcurrentHashMap<>();

    public GroupRouter(MetadataView metadata, LeaderDirectory leaders, GroupSettings settings) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.settings = settings;
    }

    /// Index of the partition of `__consumer_offsets` that holds the group. Kafka's formula, as the data may be
    /// shared.
    public int partitionFor(String groupId) {
        TopicImage topic = metadata.image().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        int partitionCount = topic == null
                ? settings.offsetsTopicPartitions()
                : topic.partitions().size();
        return Utils.abs(groupId.hashCode()) % partitionCount;
    }

    /// Empty until the topic exists.
    public Optional<PartitionId> partitionIdFor(String groupId) {
        TopicImage topic = metadata.image().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        return topic == null ? Optional.empty() : Optional.of(topic.partitionId(partitionFor(groupId)));
    }

    /// Asks the coordinator of the group. A null group id has none.
    public void ask(@Nullable String groupId, GroupCoordinator.Ask ask) {
        if (groupId == null) {
            ask.replyTo().failed(Errors.INVALID_GROUP_ID);
            return;
        }
        Optional<PartitionId> partition = partitionIdFor(groupId);
        if (partition.isPresent()) {
            ask(partition.get(), ask);
        } else {
            ask.replyTo().failed(Errors.NOT_COORDINATOR);
        }
    }

    /// Asks the coordinator on a partition of `__consumer_offsets`; answers NOT_COORDINATOR if it is not led here,
    /// and COORDINATOR_LOAD_IN_PROGRESS while its coordinator is about to start.
    public void ask(PartitionId partition, GroupCoordinator.Ask ask) {
        if (leaders.local(partition).isEmpty()) {
            ask.replyTo().failed(Errors.NOT_COORDINATOR);
            return;
        }
        ActorRef<GroupCoordinator.Command> coordinator = coordinators.get(partition);
        if (coordinator == null) {
            ask.replyTo().failed(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        } else {
            coordinator.tell(ask);
        }
    }

    /// The partitions of `__consumer_offsets` that this node leads at this moment.
    public List<PartitionId> ledPartitions() {
        TopicImage topic = metadata.image().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        int partitionCount = topic == null ? 0 : topic.partitions().size();
        List<PartitionId> led = new ArrayList<>(partitionCount);
        for (int i = 0; topic != null && i < partitionCount; i++) {
            if (leaders.local(topic.partitionId(i)).isPresent()) {
                led.add(topic.partitionId(i));
            }
        }
        return led;
    }

    void started(PartitionId id, ActorRef<GroupCoordinator.Command> coordinator) {
        coordinators.put(id, coordinator);
    }

    void stopped(PartitionId id, ActorRef<GroupCoordinator.Command> coordinator) {
        coordinators.remove(id, coordinator);
    }
}
