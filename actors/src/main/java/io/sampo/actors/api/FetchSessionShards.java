package io.sampo.actors.api;

import io.sampo.core.fetch.FetchContext;
import io.sampo.core.fetch.FetchSessions;
import io.sampo.core.fetch.FetchSettings;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.jspecify.annotations.Nullable;

/// The node's fetch sessions, spread over a few [FetchSessions] with a lock each, so that connections seldom meet
/// at one. A session id tells its shard: `sessionId % shardCount`.
///
/// Thread rule: any thread.
public final class FetchSessionShards {
    private static final int SHARD_COUNT = 8;

    private final FetchSessions[] shards = new FetchSessions[SHARD_COUNT];

    public FetchSessionShards(FetchSettings settings) {
        for (int i = 0; i < SHARD_COUNT; i++) {
            int shard = i;
            // The first shards take what does not divide evenly, so that the sum is the setting.
            int slots = settings.maxSessions() / SHARD_COUNT + (i < settings.maxSessions() % SHARD_COUNT ? 1 : 0);
            shards[i] = new FetchSessions(settings, slots, () -> newSessionId(shard));
        }
    }

    /// One fetch between opening and closing.
    record Opened(FetchSessions shard, FetchContext context) {}

    Opened open(FetchRequestData request, short apiVersion, long nowMs) {
        int sessionId = request.sessionId();
        int index = sessionId > 0
                ? sessionId % SHARD_COUNT
                : ThreadLocalRandom.current().nextInt(SHARD_COUNT);
        FetchSessions shard = shards[index];
        synchronized (shard) {
            return new Opened(shard, shard.open(request, apiVersion, nowMs));
        }
    }

    /// @see FetchSessions#close
    static int close(Opened opened, @Nullable PartitionData[] answers, long nowMs) {
        synchronized (opened.shard) {
            return opened.shard.close(opened.context, answers, nowMs);
        }
    }

    public int size() {
        int size = 0;
        for (FetchSessions shard : shards) {
            synchronized (shard) {
                size += shard.size();
            }
        }
        return size;
    }

    private static int newSessionId(int shard) {
        int random = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE - SHARD_COUNT);
        return random - random % SHARD_COUNT + shard;
    }
}
