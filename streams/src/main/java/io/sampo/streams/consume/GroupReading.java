package io.sampo.streams.consume;

import io.sampo.streams.Group;
import io.sampo.streams.Running;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.group.GroupListener;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.IsolationLevel;

/// What a reading with a group is made of.
///
/// @param fetcher starts one, for all partitions
/// @param partitionFetcher starts one for a single partition, which may hold as much memory as is its share
///     when so many are read
/// @param join makes a member of the group, which is then started
/// @param wallClockMs since the epoch; for the age of records only
/// @param started hears of each reading that begins
public record GroupReading(
        Group group,
        Supplier<Fetcher> fetcher,
        IntFunction<Fetcher> partitionFetcher,
        Function<GroupListener, Member> join,
        Settings settings,
        LongSupplier wallClockMs,
        Consumer<Running> started) {

    /// @param commitIntervalMs `auto.commit.interval.ms`: how often acknowledged offsets are committed
    /// @param maxUnacknowledged `sampo.max.unacknowledged`: deliveries that are out at a time; beyond it nothing is
    ///     handed out
    /// @param closeTimeoutMs `default.api.timeout.ms`: how long a reading whose downstream has ended waits for
    ///     acknowledgements
    /// @param isolationLevel `isolation.level`: up to where there is something to read
    public record Settings(
            long commitIntervalMs, int maxUnacknowledged, long closeTimeoutMs, IsolationLevel isolationLevel) {}
}
