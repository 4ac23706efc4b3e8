package io.sampo.streams.connection;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.errors.RebootstrapRequiredException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the view of the cluster: asks when somebody wants to know, and when what is known has become old.
///
/// Thread rule: any thread. Callers' stages never complete while the lock is held.
final class MetadataRefresh implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(MetadataRefresh.class);

    private final Function<MetadataRequest.Builder, CompletionStage<Answer>> ask;
    private final Timers timers;
    private final boolean allowAutoCreateTopics;
    private final RefreshGate gate;
    private volatile ClusterView view = ClusterView.EMPTY;
    private List<CompletableFuture<ClusterView>> waiting = new ArrayList<>();
    private Runnable cancelTimer = () -> {};
    private boolean closed;

    /// @param ask sends to any node
    MetadataRefresh(
            Function<MetadataRequest.Builder, CompletionStage<Answer>> ask,
            Timers timers,
            ConnectionSettings settings) {
        this.ask = ask;
        this.timers = timers;
        this.allowAutoCreateTopics = settings.allowAutoCreateTopics();
        this.gate = new RefreshGate(settings.retry(), settings.metadataMaxAgeMs(), settings.metadataMaxIdleMs());
    }

    ClusterView view() {
        return view;
    }

    CompletionStage<ClusterView> refresh(Set<String> topics) {
        CompletableFuture<ClusterView> newer = new CompletableFuture<>();
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new UnreachableException("this client is closed"));
            }
            gate.want(topics, timers.nowMs());
            waiting.add(newer);
        }
        advance();
        return newer.minimalCompletionStage();
    }

    /// See [Cluster#use].
    void use(Collection<String> topics) {
        synchronized (this) {
            gate.use(topics, timers.nowMs());
        }
    }

    private void advance() {
        List<CompletableFuture<ClusterView>> askers;
        List<String> topics;
        Set<String> forgotten;
        synchronized (this) {
            cancelTimer.run();
            long waitMs = closed ? -1 : gate.waitMs(timers.nowMs());
            if (waitMs != 0) {
                cancelTimer = waitMs < 0 ? () -> {} : timers.after(waitMs, this::advance);
                return;
            }
            forgotten = gate.begin(timers.nowMs());
            askers = waiting;
            waiting = new ArrayList<>();
            topics = List.copyOf(gate.topics());
        }
        if (!forgotten.isEmpty()) {
            log.debug("{} were not used for metadata.max.idle.ms, and are forgotten", forgotten);
        }
        var _ = ask.apply(new MetadataRequest.Builder(topics, allowAutoCreateTopics))
                .thenApply(answer -> take(answer, Set.copyOf(topics)))
                .whenComplete((newer, failure) -> {
                    synchronized (this) {
                        gate.end(failure == null, timers.nowMs(), timers.random());
                    }
                    for (CompletableFuture<ClusterView> asker : askers) {
                        if (failure == null) {
                            asker.complete(newer);
                        } else {
                            asker.completeExceptionally(Failures.cause(failure));
                        }
                    }
                    advance();
                });
    }

    /// One question is under way at a time: nobody else writes the view.
    ///
    /// @param asked all topics that were not forgotten
    private ClusterView take(Answer answer, Set<String> asked) {
        try (answer) {
            MetadataResponse response = answer.as(MetadataResponse.class);
            ClusterView before = view;
            if (response.topLevelError() == Errors.REBOOTSTRAP_REQUIRED) {
                view = MetadataMerge.withoutNodes(before);
                throw new RebootstrapRequiredException("the cluster asks its clients to begin with bootstrap.servers");
            }
            if (response.topLevelError() != Errors.NONE) {
                throw response.topLevelError().exception();
            }
            if (response.data().brokers().isEmpty()) {
                throw Errors.BROKER_NOT_AVAILABLE.exception("a broker that knows no brokers yet");
            }
            ClusterView now = MetadataMerge.merge(before, asked, response);
            if (before.clusterId().isPresent() && !before.clusterId().equals(now.clusterId())) {
                log.warn("The cluster is another one now: {} instead of {}", now.clusterId(), before.clusterId());
            }
            view = now;
            return now;
        }
    }

    @Override
    public void close() {
        List<CompletableFuture<ClusterView>> askers;
        synchronized (this) {
            closed = true;
            cancelTimer.run();
            askers = waiting;
            waiting = new ArrayList<>();
        }
        askers.forEach(asker -> asker.completeExceptionally(new UnreachableException("this client is closed")));
    }
}
