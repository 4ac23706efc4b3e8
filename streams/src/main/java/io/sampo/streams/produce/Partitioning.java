package io.sampo.streams.produce;

import java.util.OptionalInt;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/// To which partition a record goes: the one that was named, else the one of its key, by the same hash as
/// Kafka's clients, else whichever the topic's [StickyPartition] says.
final class Partitioning {
    private Partitioning() {}

    /// @param partitionCount 1 or more; a partition that is named may be beyond it
    /// @return empty: the record may go to any
    static OptionalInt fixed(OptionalInt named, byte @Nullable [] key, boolean ignoreKeys, int partitionCount) {
        if (named.isPresent() || key == null || ignoreKeys) {
            return named;
        }
        return OptionalInt.of(Utils.toPositive(Utils.murmur2(key)) % partitionCount);
    }
}
