package io.sampo.persistence.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.core.produce.DecompressionLimits;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FileOps;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.LogStoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.JournalProtocol;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.PersistentEnvelope;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.testkit.javadsl.TestKit;
import scala.jdk.javaapi.CollectionConverters;

/// An actor system with the plugins over a data directory, as a node sets them up.
final class JournalFixture implements AutoCloseable {
    static final int ACTOR_INSTANCE = 7;
    static final Duration PATIENCE = Duration.ofSeconds(10);

    final DataDirectory directory;
    final FilePartitionLogs logs;
    final ActorSystem system;
    final TestKit probe;

    JournalFixture(Path path, FileOps files, String config, int checkpointsKept) {
        directory = DataDirectory.open(path, 1, files);
        logs = new FilePartitionLogs(
                directory,
                new LogStoreSettings(100, 1 << 20, 30_000, checkpointsKept, 95, -1, DecompressionLimits.DEFAULTS));
        Config all = ConfigFactory.parseString(config)
                .withFallback(ConfigFactory.parseString(
                        "pekko.loglevel = WARNING\npekko.loggers = [\"org.apache.pekko.event.slf4j.Slf4jLogger\"]"))
                .withFallback(ConfigFactory.load());
        system = ActorSystem.create("journal", all.resolve());
        LogStorage.get(system).start(logs);
        probe = new TestKit(system);
    }

    JournalFixture(Path path) {
        this(path, FileOps.SYSTEM, "", 10);
    }

    void register(PartitionId id, LogSettings settings) {
        logs.register(id, TestEvents.TOPIC, settings);
    }

    ActorRef journal(PartitionId id) {
        return Persistence.get(system).journalFor(ReplicaPersistence.journalPluginId(id, 4), ConfigFactory.empty());
    }

    ActorRef snapshots() {
        return Persistence.get(system).snapshotStoreFor(ReplicaPersistence.SNAPSHOT_PLUGIN_ID, ConfigFactory.empty());
    }

    /// Registers the partition and opens its log, as a replica's recovery does.
    void open(PartitionId id, LogSettings settings) {
        register(id, settings);
        replay(id, 1, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /// Asks for a replay and returns what came, the highest sequence number last.
    Replayed replay(PartitionId id, long from, long to, long max) {
        journal(id)
                .tell(
                        new JournalProtocol.ReplayMessages(
                                from, to, max, ReplicaPersistence.persistenceId(id), probe.getRef()),
                        probe.getRef());
        List<PersistentRepr> events = new ArrayList<>();
        while (true) {
            Object answer = probe.expectMsgAnyClassOf(
                    PATIENCE,
                    JournalProtocol.ReplayedMessage.class,
                    JournalProtocol.RecoverySuccess.class,
                    JournalProtocol.ReplayMessagesFailure.class);
            switch (answer) {
                case JournalProtocol.ReplayedMessage message -> events.add(message.persistent());
                case JournalProtocol.RecoverySuccess success -> {
                    return new Replayed(events, success.highestSequenceNr());
                }
                default ->
                    throw new AssertionError("replay failed", ((JournalProtocol.ReplayMessagesFailure) answer).cause());
            }
        }
    }

    record Replayed(List<PersistentRepr> events, long highestSequenceNr) {
        List<Long> numbers() {
            return events.stream().map(PersistentRepr::sequenceNr).toList();
        }

        List<Object> payloads() {
            return events.stream().map(PersistentRepr::payload).toList();
        }
    }

    /// Sends the groups of payloads as atomic writes of one request; answers go to the probe.
    void send(PartitionId id, long firstSequenceNr, List<? extends List<?>> groups) {
        send(ReplicaPersistence.persistenceId(id), journal(id), firstSequenceNr, groups);
    }

    void send(String persistenceId, ActorRef journal, long firstSequenceNr, List<? extends List<?>> groups) {
        List<PersistentEnvelope> writes = new ArrayList<>();
        long sequenceNr = firstSequenceNr;
        for (List<?> group : groups) {
            List<PersistentRepr> events = new ArrayList<>();
            for (Object payload : group) {
                events.add(PersistentRepr.apply(
                        payload, sequenceNr++, persistenceId, "", false, probe.getRef(), "writer"));
            }
            writes.add(AtomicWrite.apply(CollectionConverters.asScala(events).toList()));
        }
        journal.tell(
                new JournalProtocol.WriteMessages(
                        CollectionConverters.asScala(writes).toList(), probe.getRef(), ACTOR_INSTANCE),
                probe.getRef());
    }

    /// Writes and expects success of all.
    void write(PartitionId id, long firstSequenceNr, List<?> payloads) {
        send(id, firstSequenceNr, List.of(payloads));
        probe.expectMsg(PATIENCE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
        for (Object payload : payloads) {
            JournalProtocol.WriteMessageSuccess success =
                    probe.expectMsgClass(PATIENCE, JournalProtocol.WriteMessageSuccess.class);
            if (!success.persistent().payload().equals(payload) || success.actorInstanceId() != ACTOR_INSTANCE) {
                throw new AssertionError("unexpected answer " + success);
            }
        }
    }

    @Override
    public void close() {
        TestKit.shutdownActorSystem(system);
        LogStorage.get(system).close();
        logs.close();
        directory.close();
    }
}
