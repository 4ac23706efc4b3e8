package io.sampo.streams.connection;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/// A cluster whose answers a test writes. Requests without a rule stay open, and the test answers them by hand.
@NullMarked
public final class ScriptedCluster implements Cluster {

    /// One request that was sent.
    public static final class Call {
        private final int nodeId;
        private final AbstractRequest request;
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final AtomicInteger open;

        private Call(int nodeId, AbstractRequest request, AtomicInteger open) {
            this.nodeId = nodeId;
            this.request = request;
            this.open = open;
        }

        public int nodeId() {
            return nodeId;
        }

        public <R extends AbstractRequest> R as(Class<R> type) {
            return type.cast(request);
        }

        public AbstractRequest request() {
            return request;
        }

        public boolean isOpen() {
            return !answer.isDone();
        }

        public void answer(AbstractResponse response) {
            open.incrementAndGet();
            answer.complete(new Answer(response, open::decrementAndGet));
        }

        public void fail(Throwable failure) {
            answer.completeExceptionally(failure);
        }

        public void disconnect() {
            fail(new DisconnectException("scripted"));
        }
    }

    private final Map<ApiKeys, Function<Call, @Nullable AbstractResponse>> rules = new EnumMap<>(ApiKeys.class);
    private final Map<ApiKeys, Short> versions = new EnumMap<>(ApiKeys.class);
    private final List<Call> calls = new ArrayList<>();
    private final List<Call> leftToTheTest = new ArrayList<>();
    private final Set<String> remembered = new HashSet<>();
    private final Set<String> used = new HashSet<>();
    private final AtomicInteger openAnswers = new AtomicInteger();
    private ClusterView view;
    private UnaryOperator<ClusterView> onRefresh = now -> now;
    private @Nullable Throwable refreshFailure;
    private int refreshes;

    public ScriptedCluster(ClusterView view) {
        this.view = view;
    }

    /// @param rule null: the test answers by hand
    public synchronized void on(ApiKeys api, Function<Call, @Nullable AbstractResponse> rule) {
        rules.put(api, rule);
    }

    /// The highest version that all nodes know; -1: none. The newest one without this.
    public synchronized void limit(ApiKeys api, int version) {
        versions.put(api, (short) version);
    }

    public synchronized void become(ClusterView newView) {
        view = newView;
    }

    /// Each refresh fails from now on.
    public synchronized void failRefreshes(Throwable failure) {
        refreshFailure = failure;
    }

    /// What a refresh finds.
    public synchronized void onRefresh(UnaryOperator<ClusterView> rule) {
        onRefresh = rule;
    }

    public synchronized List<Call> calls(ApiKeys api) {
        return calls.stream().filter(call -> call.request.apiKey() == api).toList();
    }

    /// What no rule has answered and the test has to; what a rule is about to answer is never among it.
    public synchronized List<Call> open(Predicate<Call> which) {
        return leftToTheTest.stream().filter(Call::isOpen).filter(which).toList();
    }

    public synchronized int refreshes() {
        return refreshes;
    }

    public synchronized Set<String> remembered() {
        return Set.copyOf(remembered);
    }

    /// Answers that nobody has closed.
    public int unclosedAnswers() {
        return openAnswers.get();
    }

    @Override
    public synchronized ClusterView view() {
        return view;
    }

    @Override
    public CompletionStage<ClusterView> refresh(Set<String> topics) {
        synchronized (this) {
            refreshes++;
            remembered.addAll(topics);
            if (refreshFailure != null) {
                return CompletableFuture.failedFuture(refreshFailure);
            }
            view = onRefresh.apply(view);
            return CompletableFuture.completedFuture(view);
        }
    }

    /// What was said to be in use.
    public synchronized Set<String> used() {
        return Set.copyOf(used);
    }

    @Override
    public synchronized void use(Collection<String> topics) {
        used.addAll(topics);
    }

    @Override
    public CompletionStage<Answer> send(int nodeId, AbstractRequest.Builder<?> request, long timeoutMs) {
        Call call;
        Function<Call, @Nullable AbstractResponse> rule;
        synchronized (this) {
            short highest = highest(request.apiKey());
            call = new Call(
                    nodeId, request.build((short) Math.min(highest, request.latestAllowedVersion())), openAnswers);
            calls.add(call);
            rule = rules.get(request.apiKey());
        }
        AbstractResponse response = rule == null ? null : rule.apply(call);
        if (response == null) {
            leaveToTheTest(call);
        } else {
            call.answer(response);
        }
        return call.answer;
    }

    private synchronized void leaveToTheTest(Call call) {
        leftToTheTest.add(call);
    }

    @Override
    public CompletionStage<Answer> sendToAny(AbstractRequest.Builder<?> request, long timeoutMs) {
        return send(-1, request, timeoutMs);
    }

    @Override
    public synchronized CompletionStage<Short> version(int nodeId, ApiKeys api) {
        return CompletableFuture.completedFuture(highest(api));
    }

    private short highest(ApiKeys api) {
        return versions.getOrDefault(api, api.latestVersion());
    }
}
