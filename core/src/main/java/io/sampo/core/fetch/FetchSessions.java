package io.sampo.core.fetch;

import io.sampo.core.fetch.FetchContext.Kind;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.IntSupplier;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/// The fetch sessions of this node (KIP-227): a client names its partitions once and then only what changed; the
/// broker answers only with what is new.
///
/// A bounded number of slots: when all are taken, a session that was not used for long gives way, or an old one
/// with fewer partitions; else the new fetch is served without a session.
///
/// Thread rule: not safe for threads; the caller holds one lock for each instance.
public final class FetchSessions {
    private static final short FIRST_TOPIC_ID_VERSION = 13;

    private final FetchSettings settings;
    private final int maxSessions;
    private final IntSupplier sessionIds;
    /// Least recently used first.
    private final LinkedHashMap<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /// @param maxSessions slots of this instance
    /// @param sessionIds unpredictable positive numbers; one that is in use or not positive is asked for again
    public FetchSessions(FetchSettings settings, int maxSessions, IntSupplier sessionIds) {
        this.settings = settings;
        this.maxSessions = maxSessions;
        this.sessionIds = sessionIds;
    }

    public int size() {
        return sessions.size();
    }

    /// First half of a fetch: which partitions it is about.
    public FetchContext open(FetchRequestData request, short apiVersion, long nowMs) {
        int sessionId = request.sessionId();
        int requestEpoch = request.sessionEpoch();
        boolean usesTopicIds = apiVersion >= FIRST_TOPIC_ID_VERSION;
        if (requestEpoch == FetchMetadata.INITIAL_EPOCH || requestEpoch == FetchMetadata.FINAL_EPOCH) {
            if (sessionId != FetchMetadata.INVALID_SESSION_ID) {
                sessions.remove(sessionId);
            }
            Kind kind = requestEpoch == FetchMetadata.FINAL_EPOCH ? Kind.SESSIONLESS : Kind.FULL;
            return new FetchContext(
                    kind, null, requestEpoch, usesTopicIds, partitionsOf(request.topics()), Errors.NONE);
        }
        return openIncremental(request, sessionId, requestEpoch, usesTopicIds, nowMs);
    }

    private FetchContext openIncremental(
            FetchRequestData request, int sessionId, int requestEpoch, boolean usesTopicIds, long nowMs) {
        FetchSession session = sessions.get(sessionId);
        if (session == null) {
            return FetchContext.refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        if (session.sessionEpoch != requestEpoch) {
            return FetchContext.refused(Errors.INVALID_FETCH_SESSION_EPOCH);
        }
        if (session.usesTopicIds != usesTopicIds) {
            return FetchContext.refused(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        session.update(request.topics(), request.forgottenTopicsData());
        if (session.size() == 0) {
            sessions.remove(sessionId);
            return new FetchContext(
                    Kind.SESSIONLESS, null, requestEpoch, usesTopicIds, partitionsOf(request.topics()), Errors.NONE);
        }
        if (session.size() > settings.maxSessionPartitions()) {
            sessions.remove(sessionId);
            return FetchContext.refused(Errors.FETCH_SESSION_ID_NOT_FOUND); // the client starts over with a full fetch
        }
        session.lastUsedMs = nowMs;
        session.sessionEpoch = FetchMetadata.nextEpoch(requestEpoch);
        return new FetchContext(Kind.INCREMENTAL, session, requestEpoch, usesTopicIds, session.snapshot(), Errors.NONE);
    }

    /// Second half: takes out of the answers what the client knows already, and makes the session of a full fetch.
    ///
    /// @param answers one for each partition of the context, in its order; null afterwards where nothing is to be
    ///     sent
    /// @return the session id for the response, 0 when there is none; -1 when another request has overtaken
    ///     this one (INVALID_FETCH_SESSION_EPOCH)
    public int close(FetchContext context, @Nullable PartitionData[] answers, long nowMs) {
        FetchSession session = context.session;
        if (session != null) {
            if (session.sessionEpoch != FetchMetadata.nextEpoch(context.requestEpoch)) {
                return -1;
            }
            keepNews(session, context.partitions(), answers);
            return session.sessionId;
        }
        if (context.kind != Kind.FULL || context.partitionCount() == 0) {
            return FetchContext.NO_SESSION;
        }
        if (context.partitionCount() > settings.maxSessionPartitions() || !makeRoom(context.partitionCount(), nowMs)) {
            return FetchContext.NO_SESSION;
        }
        return create(context, answers, nowMs).sessionId;
    }

    private static void keepNews(
            FetchSession session, FetchedPartition[] partitions, @Nullable PartitionData[] answers) {
        for (int i = 0; i < partitions.length; i++) {
            PartitionData answer = answers[i];
            if (answer == null) {
                continue;
            }
            if (!partitions[i].tell(answer)) {
                answers[i] = null;
            } else if (FetchResponse.recordsSize(answer) > 0) {
                session.moveToEnd(partitions[i]);
            }
        }
    }

    private FetchSession create(FetchContext context, @Nullable PartitionData[] answers, long nowMs) {
        FetchedPartition[] partitions = context.partitions();
        for (int i = 0; i < partitions.length; i++) {
            PartitionData answer = answers[i];
            if (answer != null) {
                partitions[i].tell(answer);
            }
        }
        int sessionId = sessionIds.getAsInt();
        while (sessionId <= 0 || sessions.containsKey(sessionId)) {
            sessionId = sessionIds.getAsInt();
        }
        int firstEpoch = FetchMetadata.nextEpoch(FetchMetadata.INITIAL_EPOCH);
        FetchSession session = new FetchSession(sessionId, context.usesTopicIds, firstEpoch, nowMs, partitions);
        sessions.put(sessionId, session);
        return session;
    }

    private boolean makeRoom(int partitionCount, long nowMs) {
        if (sessions.size() < maxSessions) {
            return true;
        }
        if (sessions.isEmpty()) {
            return false;
        }
        Iterator<FetchSession> leastRecentlyUsedFirst = sessions.values().iterator();
        FetchSession oldest = leastRecentlyUsedFirst.next();
        FetchSession victim = nowMs - oldest.lastUsedMs > settings.sessionEvictionMs() ? oldest : null;
        if (victim == null) {
            for (FetchSession session : sessions.values()) {
                if (nowMs - session.createdMs > settings.sessionEvictionMs()
                        && session.size() < partitionCount
                        && (victim == null || session.size() < victim.size())) {
                    victim = session;
                }
            }
        }
        if (victim == null) {
            return false;
        }
        sessions.remove(victim.sessionId);
        return true;
    }

    private static FetchedPartition[] partitionsOf(List<FetchTopic> topics) {
        int count = 0;
        for (FetchTopic topic : topics) {
            count += topic.partitions().size();
        }
        FetchedPartition[] partitions = new FetchedPartition[count];
        int next = 0;
        for (FetchTopic topic : topics) {
            for (FetchPartition request : topic.partitions()) {
                partitions[next++] = new FetchedPartition(topic.topicId(), topic.topic(), request);
            }
        }
        return partitions;
    }
}
