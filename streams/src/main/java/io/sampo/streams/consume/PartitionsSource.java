package io.sampo.streams.consume;

import io.sampo.streams.PartitionSource;
import io.sampo.streams.Running;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractGraphStageWithMaterializedValue;
import org.apache.pekko.stream.stage.GraphStageLogic;

/// The partitions that a group gives to this member, each as a source of its own; see [PartitionsLogic].
public final class PartitionsSource
        extends AbstractGraphStageWithMaterializedValue<SourceShape<PartitionSource<byte[], byte[]>>, Running> {
    private final Outlet<PartitionSource<byte[], byte[]>> out = Outlet.create("PartitionsSource.partitions");
    private final SourceShape<PartitionSource<byte[], byte[]>> shape = SourceShape.of(out);
    private final GroupReading reading;

    public PartitionsSource(GroupReading reading) {
        this.reading = reading;
    }

    @Override
    public SourceShape<PartitionSource<byte[], byte[]>> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, Running> createLogicAndMaterializedValuePair(Attributes inheritedAttributes) {
        PartitionsLogic logic = new PartitionsLogic(shape, reading);
        Running running = logic.running();
        reading.started().accept(running);
        return Pair.create(logic, running);
    }
}
