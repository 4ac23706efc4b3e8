package io.sampo.chaos.checker;

import io.sampo.chaos.history.DumpedBatch;
import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.CommittedSeen;
import io.sampo.chaos.history.Operation.Complaint;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Operation.TopicCreated;
import io.sampo.chaos.history.Operation.TopicsSeen;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.List;

/// Tells a history, one operation after the other: each begins when the one before has ended.
final class Story {
    static final Place PLACE = new Place("t", 0);

    final List<Operation> operations = new ArrayList<>();
    private long nowUs = 100;

    static Entry entry(long offset, String value) {
        return new Entry(offset, Value.parse(value), 1);
    }

    static Entry entry(long offset, String value, int leaderEpoch) {
        return new Entry(offset, Value.parse(value), leaderEpoch);
    }

    History history() {
        return History.of(operations);
    }

    Story add(Operation operation) {
        operations.add(operation);
        return this;
    }

    private long next() {
        return nowUs += 10;
    }

    Story pause(long us) {
        nowUs += us;
        return this;
    }

    Story acked(String value, long offset) {
        return sent(value, Outcome.OK, offset);
    }

    Story sent(String value, Outcome outcome, long offset) {
        Value parsed = Value.parse(value);
        return add(new Send(next(), next(), parsed.producer(), PLACE, parsed, outcome, offset, ""));
    }

    Story read(String reader, long end, Entry... entries) {
        return add(new FinalRead(next(), next(), reader, PLACE, 0, end, List.of(entries)));
    }

    Story polled(String member, String assignment, Entry... entries) {
        return add(new Poll(next(), next(), member, assignment, PLACE, List.of(entries)));
    }

    Story assigned(String member, int generation, String assignment, long position) {
        return add(new Assigned(next(), next(), member, "g", generation, assignment, PLACE, position));
    }

    Story committed(String member, int generation, long offset, Outcome outcome) {
        return add(new Commit(next(), next(), member, "g", generation, PLACE, offset, outcome));
    }

    Story committedSeen(long offset) {
        return add(new CommittedSeen(next(), next(), "admin", "g", PLACE, offset));
    }

    Story leader(String process, int leader, int leaderEpoch) {
        return add(new LeaderSeen(next(), next(), process, "id", 0, leader, leaderEpoch));
    }

    Story created(String topic, Outcome outcome) {
        return add(new TopicCreated(next(), next(), "admin", topic, outcome));
    }

    Story topics(String process, String... topics) {
        return add(new TopicsSeen(next(), next(), process, List.of(topics)));
    }

    Story dumped(String node, DumpedBatch... batches) {
        return add(new Dump(next(), next(), node, PLACE, List.of(batches)));
    }

    Story healed() {
        return add(new Healed(next(), next(), "driver"));
    }

    Story complained(String node, String line) {
        return add(new Complaint(next(), next(), node, line));
    }
}
