package io.sampo.bench;

import static io.sampo.bench.Measurement.Figure.ACKNOWLEDGED_P50;
import static io.sampo.bench.Measurement.Figure.ACKNOWLEDGED_P99;
import static io.sampo.bench.Measurement.Figure.CPU_CORES;
import static io.sampo.bench.Measurement.Figure.READ_P50;
import static io.sampo.bench.Measurement.Figure.READ_P99;
import static io.sampo.bench.Measurement.Figure.RECORDS;
import static io.sampo.bench.Measurement.Figure.THROUGHPUT;

import io.sampo.bench.client.Answer;
import io.sampo.bench.client.Answer.Of;
import io.sampo.bench.client.ClientKind;
import io.sampo.bench.client.Work;
import io.sampo.bench.client.Work.Kind;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/// The same work for each client, on one broker. A client has a process for all runs of the scenario; the
/// others' processes wait meanwhile. Processor time is the client's.
final class ClientScenario implements Scenario, AutoCloseable {
    private static final int PARTITIONS = 6;
    /// What is filled in to be read: so much that a pass takes seconds, and no longer to write than it is
    /// worth.
    private static final long MOST_FILL_BYTES = 1L << 30;

    private static final long MOST_FILL_RECORDS = 5_000_000;

    private final String name;
    private final Kind kind;
    private final int recordBytes;
    private final WorkerFactory factory;
    private final Map<Variant, ClientKind> clients = new LinkedHashMap<>();
    private final Map<Variant, WorkerProcess> workers = new HashMap<>();
    private long filled;
    private int topics;

    /// Starts the process of a client.
    interface WorkerFactory {
        WorkerProcess start(ClientKind kind, String bootstrap) throws IOException;
    }

    /// @param broker `sampo` or `kafka`
    ClientScenario(String name, Kind kind, int recordBytes, String broker, WorkerFactory factory) {
        this.name = broker.equals("sampo") ? name : name + "-on-" + broker;
        this.kind = kind;
        this.recordBytes = recordBytes;
        this.factory = factory;
        for (ClientKind client : ClientKind.values()) {
            // From the page cache, so that the disk is not what is measured.
            clients.put(new Variant(broker, Durability.PAGE_CACHE, client.label()), client);
        }
    }

    /// All of them, in the order in which they run.
    static List<ClientScenario> all(List<String> brokers, WorkerFactory factory) {
        return brokers.stream()
                .flatMap(broker -> Stream.of(
                        new ClientScenario("write-100b", Kind.WRITE, 100, broker, factory),
                        new ClientScenario("write-1k", Kind.WRITE, 1024, broker, factory),
                        new ClientScenario("read-100b", Kind.READ, 100, broker, factory),
                        new ClientScenario("read-1k", Kind.READ, 1024, broker, factory),
                        new ClientScenario("pace-1k-per-second", Kind.PACE, 1024, broker, factory)))
                .toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Variant> variants() {
        return List.copyOf(clients.keySet());
    }

    @Override
    public void prepare(Broker broker, Variant variant) throws Exception {
        if (kind == Kind.READ && filled == 0) {
            createTopic(broker, variant);
            fill(broker);
        }
        workers.put(variant, factory.start(Objects.requireNonNull(clients.get(variant)), broker.address()));
    }

    private String topic() {
        return name + "-" + topics;
    }

    private void createTopic(Broker broker, Variant variant) throws Exception {
        topics++;
        Map<String, String> configs = new HashMap<>(broker.topicConfigs(variant.durability()));
        configs.put("file.delete.delay.ms", "1000"); // what a run has written goes before the next ones fill the disk
        Clients.createTopic(broker, topic(), PARTITIONS, configs);
        filled = PARTITIONS; // one record each, by which it is known that it can be written
    }

    private void fill(Broker broker) {
        byte[][] payloads = Clients.payloads(recordBytes, 512);
        int inARow = Math.max(1, 16_384 / (recordBytes + 10));
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker, Map.of("batch.size", 16_384, "linger.ms", 5))) {
            long records = Math.min(MOST_FILL_RECORDS, MOST_FILL_BYTES / recordBytes);
            for (long i = 0; i < records; i++) {
                int partition = (int) (i / inARow % PARTITIONS);
                var _ = producer.send(
                        new ProducerRecord<>(topic(), partition, null, payloads[(int) (i % payloads.length)]));
            }
            filled += records;
        }
    }

    @Override
    public Measurement run(Broker broker, Variant variant, int seconds) throws Exception {
        WorkerProcess worker = Objects.requireNonNull(workers.get(variant));
        if (kind == Kind.READ) {
            return measurement(worker.ask(work(seconds)));
        }
        createTopic(broker, variant);
        Answer.Done answer = worker.ask(work(seconds));
        Clients.deleteTopic(broker, topic());
        return measurement(answer);
    }

    private Work work(int seconds) {
        return new Work(kind, topic(), PARTITIONS, recordBytes, filled, seconds);
    }

    private Measurement measurement(Answer.Done answer) {
        double seconds = answer.figure(Of.SECONDS);
        double records = answer.figure(Of.RECORDS);
        double cpuSeconds = answer.figure(Of.CPU_SECONDS);
        double bytes = records * recordBytes;
        if (kind == Kind.PACE) {
            return new Measurement.Builder()
                    .with(RECORDS, records / seconds)
                    .with(ACKNOWLEDGED_P50, answer.figure(Of.ACKNOWLEDGED_P50_US) / 1e3)
                    .with(ACKNOWLEDGED_P99, answer.figure(Of.ACKNOWLEDGED_P99_US) / 1e3)
                    .with(READ_P50, answer.figure(Of.READ_P50_US) / 1e3)
                    .with(READ_P99, answer.figure(Of.READ_P99_US) / 1e3)
                    .with(CPU_CORES, cpuSeconds / seconds)
                    .build();
        }
        return new Measurement.Builder()
                .with(THROUGHPUT, bytes / (1 << 20) / seconds)
                .with(RECORDS, records / seconds)
                .cpu(cpuSeconds, bytes, seconds)
                .build();
    }

    @Override
    public void cleanUp(Broker broker, Variant variant) throws Exception {
        WorkerProcess worker = workers.remove(variant);
        if (worker != null) {
            worker.close();
        }
        if (workers.isEmpty() && kind == Kind.READ) {
            Clients.deleteTopic(broker, topic());
        }
    }

    /// Ends processes that a failure has left.
    @Override
    public void close() throws IOException {
        for (WorkerProcess worker : workers.values()) {
            worker.close();
        }
        workers.clear();
    }
}
