package io.sampo.streams.consume;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Running;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractGraphStageWithMaterializedValue;
import org.apache.pekko.stream.stage.GraphStageLogic;

/// Records of the partitions that a group gives to this member, each as a delivery; see [GroupLogic].
public final class GroupSource
        extends AbstractGraphStageWithMaterializedValue<SourceShape<Delivery<Event<byte[], byte[]>>>, Running> {
    private final Outlet<Delivery<Event<byte[], byte[]>>> out = Outlet.create("GroupSource.deliveries");
    private final SourceShape<Delivery<Event<byte[], byte[]>>> shape = SourceShape.of(out);
    private final GroupReading reading;

    public GroupSource(GroupReading reading) {
        this.reading = reading;
    }

    @Override
    public SourceShape<Delivery<Event<byte[], byte[]>>> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, Running> createLogicAndMaterializedValuePair(Attributes inheritedAttributes) {
        GroupLogic logic = new GroupLogic(shape, reading);
        Running running = logic.running();
        reading.started().accept(running);
        return Pair.create(logic, running);
    }
}
