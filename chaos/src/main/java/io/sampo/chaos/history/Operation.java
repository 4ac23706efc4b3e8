package io.sampo.chaos.history;

import java.util.List;

/// One thing that a process of the test did or saw.
///
/// Times are microseconds since the start of the run, of one monotonic clock: `invokedUs` before the first byte
/// left,
/// `completedUs` after the answer was there. A `process` does one operation after the other, except producers,
/// which
/// send ahead.
public sealed interface Operation {

    long invokedUs();

    long completedUs();

    String process();

    /// A record was sent with acks=all by an idempotent producer, whose name is the process.
    ///
    /// @param offset as acknowledged; -1 unless OK
    /// @param detail the error; empty when OK
    record Send(
            long invokedUs,
            long completedUs,
            String process,
            Place place,
            Value value,
            Outcome outcome,
            long offset,
            String detail)
            implements Operation {}

    /// Records that a member of a group got in one poll from one partition.
    ///
    /// @param assignment names the time from getting the partition to losing it
    record Poll(long invokedUs, long completedUs, String process, String assignment, Place place, List<Entry> entries)
            implements Operation {}

    /// A member of a group got a partition, and asked where to begin.
    ///
    /// @param position the committed offset, or the beginning of the log when there is none
    record Assigned(
            long invokedUs,
            long completedUs,
            String process,
            String group,
            int generation,
            String assignment,
            Place place,
            long position)
            implements Operation {}

    /// A member of a group committed an offset.
    record Commit(
            long invokedUs,
            long completedUs,
            String process,
            String group,
            int generation,
            Place place,
            long offset,
            Outcome outcome)
            implements Operation {}

    /// The committed offset of a group, asked for from outside.
    ///
    /// @param offset -1 when there is none
    record CommittedSeen(long invokedUs, long completedUs, String process, String group, Place place, long offset)
            implements Operation {}

    /// A whole partition, read after everything was healed and nobody wrote any more.
    ///
    /// @param process the reader, and by its name the replica it was to read from
    /// @param start the log start offset, inclusive
    /// @param end the high watermark, exclusive
    record FinalRead(
            long invokedUs, long completedUs, String process, Place place, long start, long end, List<Entry> entries)
            implements Operation {}

    /// What one node said of a partition's leader.
    ///
    /// @param process the asking process together with one life of the node that answered
    /// @param leader node id; -1 when it says that there is none
    record LeaderSeen(
            long invokedUs,
            long completedUs,
            String process,
            String topicId,
            int partition,
            int leader,
            int leaderEpoch)
            implements Operation {}

    /// A topic was created.
    record TopicCreated(long invokedUs, long completedUs, String process, String topic, Outcome outcome)
            implements Operation {}

    /// All topics that one node said there are.
    record TopicsSeen(long invokedUs, long completedUs, String process, List<String> topics) implements Operation {}

    /// The batches of a partition on one node's disk, after the end of the node.
    ///
    /// @param process the node
    record Dump(long invokedUs, long completedUs, String process, Place place, List<DumpedBatch> batches)
            implements Operation {}

    /// A fault, from its injection until it was healed.
    ///
    /// @param process what it hit
    record FaultInjected(long invokedUs, long completedUs, String process, String description) implements Operation {}

    /// From here on nothing is broken any more, by the test at least.
    record Healed(long invokedUs, long completedUs, String process) implements Operation {}

    /// A line in a node's log that no fault excuses, or an end that nobody asked for.
    ///
    /// @param process the node
    record Complaint(long invokedUs, long completedUs, String process, String line) implements Operation {}
}
