package io.sampo.streams.group;

import io.sampo.streams.connection.Answer;
import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterView;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/// Finds out about topics; for a pattern, asks for all topics first.
final class TopicLookup {
    /// @param matching empty: there was no pattern
    record Found(Optional<Set<String>> matching, ClusterView view) {}

    private final Cluster cluster;
    private final long requestTimeoutMs;

    TopicLookup(Cluster cluster, long requestTimeoutMs) {
        this.cluster = cluster;
        this.requestTimeoutMs = requestTimeoutMs;
    }

    /// @param names others that are to be known too
    CompletionStage<Found> find(Subscription subscription, Set<String> names) {
        return switch (subscription) {
            case Subscription.Topics topics -> {
                Set<String> all = new HashSet<>(names);
                all.addAll(topics.names());
                yield cluster.refresh(all).thenApply(view -> new Found(Optional.empty(), view));
            }
            case Subscription.Matching matching ->
                matching(matching.pattern()).thenCompose(matches -> {
                    Set<String> all = new HashSet<>(names);
                    all.addAll(matches);
                    return cluster.refresh(all).thenApply(view -> new Found(Optional.of(matches), view));
                });
        };
    }

    private CompletionStage<Set<String>> matching(Pattern pattern) {
        return cluster.sendToAny(MetadataRequest.Builder.allTopics(), requestTimeoutMs)
                .thenApply(answer -> read(answer, pattern));
    }

    private static Set<String> read(Answer answer, Pattern pattern) {
        try (answer) {
            MetadataResponse response = answer.as(MetadataResponse.class);
            if (response.topLevelError() != Errors.NONE) {
                throw response.topLevelError().exception();
            }
            Set<String> names = new HashSet<>();
            for (MetadataResponseTopic topic : response.data().topics()) {
                boolean readable = Verdict.of(Errors.forCode(topic.errorCode())) != Verdict.FATAL;
                if (readable
                        && !topic.isInternal()
                        && pattern.matcher(topic.name()).matches()) {
                    names.add(topic.name());
                }
            }
            return Set.copyOf(names);
        }
    }
}
