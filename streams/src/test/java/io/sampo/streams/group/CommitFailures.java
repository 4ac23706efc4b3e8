package io.sampo.streams.group;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// Commits that failed, for tests of other packages.
public final class CommitFailures {
    private CommitFailures() {}

    public static CommitFailed of(CommitFailed.Reason reason, TopicPartition partition) {
        return new CommitFailed(reason, Set.of(partition), "as the test wants it", null);
    }
}
