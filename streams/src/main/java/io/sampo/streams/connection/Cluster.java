package io.sampo.streams.connection;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;

/// The port through which everything in this client talks to brokers. It connects, authenticates, agrees on
/// versions, keeps metadata, and gives up by time; what to do then is the caller's decision.
///
/// Thread rule: any thread. Stages complete on a thread of a connection, which must not be held up.
public interface Cluster {

    /// What is known now.
    ClusterView view();

    /// Asks for metadata that is newer than now. Requests that come while one is under way are gathered into the
    /// next one; a pause of `retry.backoff.ms` lies between two.
    ///
    /// @param topics are remembered, so that later refreshes ask for them too, until nobody has asked for or used
    ///     them ([#use]) for `metadata.max.idle.ms`; empty: those that are remembered
    /// @return the new view, in which a topic may have an error; fails with a
    ///     [org.apache.kafka.common.errors.RetriableException] when no broker answers within `request.timeout.ms`
    CompletionStage<ClusterView> refresh(Set<String> topics);

    /// These topics are in use: what is known of them is renewed for another `metadata.max.idle.ms`. Asks for nothing
    /// now, and costs little: for each request that names them.
    void use(Collection<String> topics);

    /// Sends one request to one node, in the highest version that both know.
    ///
    /// @param nodeId as [#view] names it
    /// @param timeoutMs from now to the answer. A request that waits on the server's side gets that time on top
    /// @return the response, which the receiver closes; or fails: with a
    ///     [org.apache.kafka.common.errors.DisconnectException] when it may have arrived or the node cannot be
    ///     reached, a [org.apache.kafka.common.errors.TimeoutException], an
    ///     [org.apache.kafka.common.errors.AuthenticationException], or an [io.sampo.streams.UnsupportedFeature]
    ///     when the node knows no version that the builder allows
    CompletionStage<Answer> send(int nodeId, AbstractRequest.Builder<?> request, long timeoutMs);

    /// The same, to whichever node answers first to be reached.
    CompletionStage<Answer> sendToAny(AbstractRequest.Builder<?> request, long timeoutMs);

    /// The highest version of an API that a node and this client both know.
    ///
    /// @return -1 when the node does not have it; fails as [#send] does
    CompletionStage<Short> version(int nodeId, ApiKeys api);
}
