package io.sampo.chaos.history;

import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.CommittedSeen;
import io.sampo.chaos.history.Operation.Complaint;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Operation.TopicCreated;
import io.sampo.chaos.history.Operation.TopicsSeen;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// An operation as one line of text: its kind, its times, its process and its own fields, separated by tabs; lists
/// are separated by spaces.
public final class HistoryFormat {
    private HistoryFormat() {}

    public static String format(Operation operation) {
        return switch (operation) {
            case Send o -> line("send", o, o.place(), o.value(), o.outcome(), o.offset(), o.detail());
            case Poll o -> line("poll", o, o.assignment(), o.place(), list(o.entries()));
            case Assigned o -> line("assigned", o, o.group(), o.generation(), o.assignment(), o.place(), o.position());
            case Commit o -> line("commit", o, o.group(), o.generation(), o.place(), o.offset(), o.outcome());
            case CommittedSeen o -> line("committed-seen", o, o.group(), o.place(), o.offset());
            case FinalRead o -> line("final-read", o, o.place(), o.start(), o.end(), list(o.entries()));
            case LeaderSeen o -> line("leader-seen", o, o.topicId(), o.partition(), o.leader(), o.leaderEpoch());
            case TopicCreated o -> line("topic-created", o, o.topic(), o.outcome());
            case TopicsSeen o -> line("topics-seen", o, list(o.topics()));
            case Dump o -> line("dump", o, o.place(), list(o.batches()));
            case FaultInjected o -> line("fault", o, o.description());
            case Healed o -> line("healed", o);
            case Complaint o -> line("complaint", o, o.line());
        };
    }

    /// @throws IllegalArgumentException when it is no line of a history
    public static Operation parse(String line) {
        String[] f = line.split("\t", -1);
        try {
            long invoked = Long.parseLong(f[1]);
            long completed = Long.parseLong(f[2]);
            String process = f[3];
            return switch (f[0]) {
                case "send" ->
                    new Send(
                            invoked,
                            completed,
                            process,
                            Place.parse(f[4]),
                            Value.parse(f[5]),
                            Outcome.valueOf(f[6]),
                            Long.parseLong(f[7]),
                            f[8]);
                case "poll" -> new Poll(invoked, completed, process, f[4], Place.parse(f[5]), list(f[6], Entry::parse));
                case "assigned" ->
                    new Assigned(
                            invoked,
                            completed,
                            process,
                            f[4],
                            Integer.parseInt(f[5]),
                            f[6],
                            Place.parse(f[7]),
                            Long.parseLong(f[8]));
                case "commit" ->
                    new Commit(
                            invoked,
                            completed,
                            process,
                            f[4],
                            Integer.parseInt(f[5]),
                            Place.parse(f[6]),
                            Long.parseLong(f[7]),
                            Outcome.valueOf(f[8]));
                case "committed-seen" ->
                    new CommittedSeen(invoked, completed, process, f[4], Place.parse(f[5]), Long.parseLong(f[6]));
                case "final-read" ->
                    new FinalRead(
                            invoked,
                            completed,
                            process,
                            Place.parse(f[4]),
                            Long.parseLong(f[5]),
                            Long.parseLong(f[6]),
                            list(f[7], Entry::parse));
                case "leader-seen" ->
                    new LeaderSeen(
                            invoked,
                            completed,
                            process,
                            f[4],
                            Integer.parseInt(f[5]),
                            Integer.parseInt(f[6]),
                            Integer.parseInt(f[7]));
                case "topic-created" -> new TopicCreated(invoked, completed, process, f[4], Outcome.valueOf(f[5]));
                case "topics-seen" -> new TopicsSeen(invoked, completed, process, list(f[4], Function.identity()));
                case "dump" -> new Dump(invoked, completed, process, Place.parse(f[4]), list(f[5], DumpedBatch::parse));
                case "fault" -> new FaultInjected(invoked, completed, process, f[4]);
                case "healed" -> new Healed(invoked, completed, process);
                case "complaint" -> new Complaint(invoked, completed, process, f[4]);
                default -> throw new IllegalArgumentException("unknown kind " + f[0]);
            };
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException wrong) {
            String start = line.substring(0, Math.min(line.length(), 200));
            throw new IllegalArgumentException("not a line of a history: " + start, wrong);
        }
    }

    private static String line(String kind, Operation operation, Object... fields) {
        StringBuilder line = new StringBuilder(kind)
                .append('\t')
                .append(operation.invokedUs())
                .append('\t')
                .append(operation.completedUs())
                .append('\t')
                .append(plain(operation.process()));
        for (Object field : fields) {
            line.append('\t').append(plain(String.valueOf(field)));
        }
        return line.toString();
    }

    /// Without what separates fields and lines.
    private static String plain(String text) {
        return text.indexOf('\t') < 0 && text.indexOf('\n') < 0 && text.indexOf('\r') < 0
                ? text
                : text.replaceAll("[\t\r\n]+", " ");
    }

    private static String list(List<?> elements) {
        return elements.stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private static <T> List<T> list(String text, Function<String, T> parse) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(" ", -1)).map(parse).toList();
    }
}
