package io.sampo.streams.consume;

import io.sampo.streams.Lag;
import io.sampo.streams.fetch.PartitionProgress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/// How far behind owned partitions are, from what was acknowledged and what the broker told last.
final class Lags {
    private Lags() {}

    /// @param progress of the fetcher; a partition that it does not know, or knows no end of yet, is left out
    /// @param isolationLevel which of the ends counts: what an open transaction holds back is not behind
    static Lag of(
            Map<TopicPartition, Owned> owned,
            Map<TopicPartition, PartitionProgress> progress,
            IsolationLevel isolationLevel,
            long nowMs) {
        Map<TopicPartition, Lag.OfPartition> partitions = new HashMap<>();
        owned.forEach((partition, one) -> {
            PartitionProgress at = progress.get(partition);
            long end = at == null ? -1 : at.readableEnd(isolationLevel);
            if (end >= 0) {
                long done = one.done();
                partitions.put(partition, new Lag.OfPartition(done, end, behind(one, end > done, nowMs)));
            }
        });
        return new Lag(partitions);
    }

    private static Optional<Duration> behind(Owned one, boolean lags, long nowMs) {
        if (!lags) {
            return Optional.of(Duration.ZERO);
        }
        long sinceMs = one.behindSinceMs();
        return sinceMs < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(Math.max(0, nowMs - sinceMs)));
    }
}
