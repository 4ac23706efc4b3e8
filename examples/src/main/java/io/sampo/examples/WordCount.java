package io.sampo.examples;

import io.sampo.streams.Ack;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.pekko.Done;
import org.apache.pekko.japi.Pair;
import org.jspecify.annotations.Nullable;

/// Counts the words of `lines` and writes each new count to `counts`: word -> how often so far. A line counts as done
/// when all its counts are acknowledged.
///
/// Its memory is its state: started again, it begins to count anew with the lines that come then.
public final class WordCount {
    private static final Pattern NO_LETTERS = Pattern.compile("\\P{L}+");

    private WordCount() {}

    /// @param arguments the bootstrap servers; localhost:9092 without
    public static void main(String[] arguments) {
        try (StreamClient client = StreamClient.connect(arguments.length > 0 ? arguments[0] : "localhost:9092")) {
            run(client).toCompletableFuture().join();
        }
    }

    /// @return completes with the stream, which ends only with a failure or its client
    public static CompletionStage<Done> run(StreamClient client) {
        Topic<String, String> lines = client.topic("lines", Codec.utf8(), Codec.utf8());
        Topic<String, Long> counts = client.topic("counts", Codec.utf8(), Codec.int64());
        Map<String, Long> soFar = new TreeMap<>();
        return lines.source(Group.named("word-count"))
                .mapConcat(line -> line.split(event -> words(event.value())))
                .map(word -> {
                    long count = soFar.merge(word.get(), 1L, Long::sum);
                    return Pair.create(Outgoing.of(word.get(), count), word);
                })
                .via(counts.flow())
                .map(Pair::second)
                .runWith(Ack.sink(), client.system());
    }

    static List<String> words(@Nullable String line) {
        return line == null
                ? List.of()
                : NO_LETTERS
                        .splitAsStream(line.toLowerCase(Locale.ROOT))
                        .filter(word -> !word.isEmpty())
                        .toList();
    }
}
