package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.fetch.FetchSettings;
import java.util.function.LongSupplier;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/// Fetch (v4 to v18) of consumers: opens the session and starts a [Fetch], which answers at once or waits in the
/// partitions for new records. All fetchers are served as consumers are, up to the high watermark: replicas do not
/// fetch here. A follower answers too, up to its own high watermark (KIP-392).
///
/// Thread rule: [#handle] on the connection's thread.
public final class FetchHandler implements RequestHandler {
    final LocalPartitions partitions;
    final TopicSettings.Source topicSettings;
    final ReadReplicas readReplicas;
    final FetchSettings settings;
    final Deadlines deadlines;
    final LongSupplier nowMs;
    private final FetchSessionShards sessions;

    public FetchHandler(
            LocalPartitions partitions,
            TopicSettings.Source topicSettings,
            ReadReplicas readReplicas,
            FetchSettings settings,
            FetchSessionShards sessions,
            Deadlines deadlines,
            LongSupplier nowMs) {
        this.partitions = partitions;
        this.topicSettings = topicSettings;
        this.readReplicas = readReplicas;
        this.settings = settings;
        this.sessions = sessions;
        this.deadlines = deadlines;
        this.nowMs = nowMs;
    }

    @Override
    public void handle(ClientRequest request) {
        FetchRequestData data = ((FetchRequest) request.body()).data();
        FetchSessionShards.Opened opened = sessions.open(data, request.apiVersion(), nowMs.getAsLong());
        Errors error = opened.context().error();
        if (error != Errors.NONE) {
            request.respond(FetchResponse.of(new FetchResponseData().setErrorCode(error.code())));
            return;
        }
        new Fetch(this, request, data, opened).start();
    }
}
