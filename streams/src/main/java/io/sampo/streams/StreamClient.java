package io.sampo.streams;

import io.sampo.streams.admin.Admin;
import io.sampo.streams.connection.ClientSystem;
import io.sampo.streams.connection.ClusterConnections;
import io.sampo.streams.connection.Coordinators;
import io.sampo.streams.consume.GroupReading;
import io.sampo.streams.consume.Member;
import io.sampo.streams.consume.ReadSource;
import io.sampo.streams.fetch.FetchSettings;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.group.GroupCoordinators;
import io.sampo.streams.group.GroupMember;
import io.sampo.streams.group.GroupSettings;
import io.sampo.streams.group.Subscription;
import io.sampo.streams.produce.Producer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.jspecify.annotations.Nullable;

/// A client of one cluster: of Sampo, or of any broker that speaks Kafka's protocol, from 2.8 on. One is enough
/// for a process; topics, producers and consumptions share its connections.
///
/// {@snippet file="ConsumingGuideTest.java" region="overview"}
///
/// Settings have Kafka's names (`bootstrap.servers`, `linger.ms`, `isolation.level`, ...), see docs/streams.md; one
/// that nobody knows, or that gives up what the defaults promise, is warned about.
///
/// Thread rule: any thread.
public final class StreamClient implements AutoCloseable {
    private final ClientConfig config;
    private final ClientSystem system;
    private final org.apache.pekko.actor.typed.ActorSystem<Void> typed;
    private final ClusterConnections cluster;
    private final Coordinators coordinators;
    private final Set<Running> readings = ConcurrentHashMap.newKeySet();
    private @Nullable Producer producer;

    /// Readings are being drained; what their handlers write is still taken.
    private boolean closing;

    /// Nothing is taken any more.
    private boolean closed;

    private StreamClient(ClientConfig config) {
        this.config = config;
        this.system = ClientSystem.start("sampo-client");
        this.typed = Adapter.toTyped(system.system());
        this.cluster = ClusterConnections.open(system.system(), config.connection());
        this.coordinators = new Coordinators(cluster, config.connection().requestTimeoutMs());
    }

    /// With the defaults of [#connect(Map)]. Nothing is connected before it is needed.
    ///
    /// @param bootstrapServers `host:port`, several with commas between them
    public static StreamClient connect(String bootstrapServers) {
        return connect(Map.of("bootstrap.servers", bootstrapServers));
    }

    /// @param settings by Kafka's names
    /// @throws org.apache.kafka.common.config.ConfigException when one has a wrong value, or asks for what this
    ///     client cannot do (`acks=0`, `transactional.id`)
    /// @throws org.apache.kafka.common.KafkaException when those of TLS or SASL cannot work: a key store that
    ///     cannot be read, a password that is wrong
    public static StreamClient connect(Map<String, ?> settings) {
        return new StreamClient(ClientConfig.of(settings));
    }

    /// A topic of the cluster, with records of these types. Nothing is asked of the cluster here: that there
    /// is no such topic shows when it is written or read.
    ///
    /// @param name of the topic
    /// @param keys how keys become bytes and bytes keys
    /// @param values the same for values
    public <K, V> Topic<K, V> topic(String name, Codec<K> keys, Codec<V> values) {
        return new Topic<>(this, name, keys, values);
    }

    /// Sends what is gathered without waiting for `linger.ms`.
    ///
    /// {@snippet file="WritingGuideTest.java" region="flush"}
    ///
    /// @return done when each record that was given to this client before has its outcome, good or bad: within
    ///     `delivery.timeout.ms`, plus `max.block.ms` for one whose topic is not known. Never fails: what became
    ///     of a record is said by its own stage
    public CompletionStage<Void> flush() {
        Producer started;
        synchronized (this) {
            started = producer;
        }
        return started == null ? CompletableFuture.completedStage(null) : started.flush();
    }

    /// Topics, groups, configs.
    public Admin admin() {
        return Admin.over(cluster, coordinators);
    }

    /// Where streams of this client may run; ends with it. Streams can as well run in a system of your own.
    public ActorSystem system() {
        return system.system();
    }

    /// Ends what is still running, and waits for it: consumptions commit what is acknowledged and leave their
    /// groups, their handlers may write until then; records that were sent get their outcome. Each for
    /// `default.api.timeout.ms` at most.
    ///
    /// @throws IllegalStateException when the threads of the client have not ended 10 s after that
    @Override
    public void close() {
        synchronized (this) {
            if (closing) {
                return;
            }
            closing = true;
        }
        // First: what handlers still write is written, and what they have done is committed.
        List<Running> running = List.copyOf(readings);
        Duration limit = Duration.ofMillis(config.connection().defaultApiTimeoutMs());
        running.forEach(reading -> reading.drain(limit));
        running.forEach(Running::close);
        Producer started;
        synchronized (this) {
            closed = true;
            started = producer;
        }
        if (started != null) {
            started.close(limit).exceptionally(_ -> null).toCompletableFuture().join();
        }
        cluster.close();
        system.close();
    }

    synchronized Producer producer() {
        if (closed) {
            throw new IllegalStateException("the client is closed");
        }
        if (producer == null) {
            producer = new Producer(cluster, config.producer(), system.system().dispatcher());
        }
        return producer;
    }

    GroupReading groupReading(String topic, Group group) {
        FetchSettings fetch = config.fetch(group.whenNew().name().toLowerCase(Locale.ROOT));
        GroupSettings membership = config.group(group);
        return new GroupReading(
                group,
                () -> Fetcher.start(typed, cluster, fetch),
                partitions -> Fetcher.start(typed, cluster, fetch.shareOf(partitions)),
                listener -> Member.of(GroupMember.create(
                        typed,
                        cluster,
                        GroupCoordinators.of(coordinators::groupCoordinator, coordinators::forget),
                        membership,
                        Subscription.topics(topic),
                        listener)),
                config.groupReading(),
                System::currentTimeMillis,
                this::started);
    }

    /// @param runs starts one
    Running supervise(Supplier<SupervisedRunning.Run> runs, Restart restart) {
        ActorSystem timing = system.system();
        SupervisedRunning supervised = SupervisedRunning.start(
                runs,
                new SupervisedRunning.Supervision(
                        restart,
                        (pauseMs, task) ->
                                timing.scheduler().scheduleOnce(Duration.ofMillis(pauseMs), task, timing.dispatcher()),
                        () -> System.nanoTime() / 1_000_000,
                        () -> ThreadLocalRandom.current().nextDouble(),
                        Duration.ofMillis(config.connection().defaultApiTimeoutMs())));
        started(supervised);
        return supervised;
    }

    private void started(Running reading) {
        readings.add(reading);
        var _ = reading.completion().whenComplete((_, _) -> readings.remove(reading));
    }

    ReadSource.Setup reading(String topic, Span span) {
        FetchSettings fetch = config.fetch("earliest");
        return new ReadSource.Setup(
                topic,
                span,
                cluster,
                () -> Fetcher.start(typed, cluster, fetch),
                config.connection().defaultApiTimeoutMs(),
                config.connection().metadataMaxAgeMs(),
                config.connection().retry().maxMs());
    }
}
