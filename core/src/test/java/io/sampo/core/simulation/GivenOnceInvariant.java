package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;

/// What is given once is never given again: a producer id, a topic's id (25), a node's id.
final class GivenOnceInvariant implements MetadataInvariant {
    private static final String NAME = "25 an id is given once";

    private final MetadataHistory history;
    private final TreeMap<Long, Long> blocks = new TreeMap<>();
    private final Map<Uuid, String> nameOfTopic = new HashMap<>();

    GivenOnceInvariant(MetadataHistory history) {
        this.history = history;
    }

    @Override
    public void acknowledged(ControllerCommand<?> command, Object response) {
        if (response instanceof ProducerIdBlock block) {
            long end = block.firstProducerId() + block.count();
            Map.Entry<Long, Long> before = blocks.lowerEntry(end);
            Violation.check(
                    before == null || before.getValue() <= block.firstProducerId(),
                    NAME,
                    "producer ids from %d to %d, given before: %s",
                    block.firstProducerId(),
                    end,
                    before);
            blocks.put(block.firstProducerId(), end);
        }
    }

    @Override
    public void published(int nodeId, MetadataImage before, MetadataImage after) {
        for (TopicImage topic : after.topics().values()) {
            String name = nameOfTopic.putIfAbsent(topic.id(), topic.name());
            Violation.check(
                    name == null || name.equals(topic.name()),
                    NAME,
                    "topic %s was %s and is %s",
                    topic.id(),
                    name,
                    topic.name());
            Violation.check(!history.wasDeletedAt(topic.id(), after.offset()), NAME, "topic %s comes back", topic);
        }
        history.nodes.forEach((id, uuids) ->
                Violation.check(uuids.size() == 1, NAME, "node id %d was given to the directories %s", id, uuids));
    }
}
