package io.sampo.streams.fetch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest.PartitionData;

/// What one broker remembers of this consumption's fetches (KIP-227), so that a request only says what has changed.
/// A broker that keeps no session answers with session id 0, and every request is a full one.
///
/// Deterministic; one thread. At most one request is under way: each [#next] is followed by [#answered] or [#lost].
final class FetchSession {

    /// @param send new or changed partitions, in the order in which they should be read; all for a full request
    /// @param forget partitions that the broker shall not answer any more
    /// @param metadata session id and epoch
    record Request(Map<TopicPartition, PartitionData> send, List<TopicIdPartition> forget, FetchMetadata metadata) {}

    private FetchMetadata next = FetchMetadata.INITIAL;
    private Map<TopicPartition, PartitionData> remembered = new LinkedHashMap<>();

    /// @param wanted all partitions that the answer may have
    Request next(Map<TopicPartition, PartitionData> wanted) {
        if (!next.isFull() && idsChanged(wanted)) {
            next = next.nextCloseExistingAttemptNew();
        }
        Map<TopicPartition, PartitionData> send = new LinkedHashMap<>();
        List<TopicIdPartition> forget = new ArrayList<>();
        if (next.isFull()) {
            send.putAll(wanted);
        } else {
            wanted.forEach((partition, data) -> {
                if (!data.equals(remembered.get(partition))) {
                    send.put(partition, data);
                }
            });
            remembered.forEach((partition, data) -> {
                if (!wanted.containsKey(partition)) {
                    forget.add(new TopicIdPartition(data.topicId, partition));
                }
            });
        }
        remembered = new LinkedHashMap<>(wanted);
        return new Request(send, forget, next);
    }

    /// A topic was created anew, or the broker learnt of ids meanwhile: a session holds either names or ids.
    private boolean idsChanged(Map<TopicPartition, PartitionData> wanted) {
        if (remembered.isEmpty() || wanted.isEmpty()) {
            return false;
        }
        return hasNames(remembered) != hasNames(wanted)
                || wanted.entrySet().stream().anyMatch(entry -> {
                    PartitionData before = remembered.get(entry.getKey());
                    return before != null && !before.topicId.equals(entry.getValue().topicId);
                });
    }

    /// One topic without an id suffices to make the whole request one of names.
    private static boolean hasNames(Map<TopicPartition, PartitionData> partitions) {
        return partitions.values().stream().anyMatch(data -> data.topicId.equals(Uuid.ZERO_UUID));
    }

    /// @return whether the partitions of the answer count; otherwise the next request is a full one
    boolean answered(Errors error, int sessionId) {
        if (error == Errors.NONE) {
            if (!next.isFull()) {
                next = next.nextIncremental();
            } else if (sessionId == FetchMetadata.INVALID_SESSION_ID) {
                next = FetchMetadata.INITIAL;
            } else {
                next = FetchMetadata.newIncremental(sessionId);
            }
            return true;
        }
        if (error == Errors.FETCH_SESSION_ID_NOT_FOUND) {
            next = FetchMetadata.INITIAL;
        } else {
            next = next.nextCloseExistingAttemptNew();
        }
        return false;
    }

    /// No answer came; the broker may have got the request, or not.
    void lost() {
        next = next.nextCloseExistingAttemptNew();
    }

    /// What tells the broker to forget the session; empty when it has none.
    Optional<FetchMetadata> farewell() {
        return next.sessionId() == FetchMetadata.INVALID_SESSION_ID
                ? Optional.empty()
                : Optional.of(next.nextCloseExisting());
    }
}
