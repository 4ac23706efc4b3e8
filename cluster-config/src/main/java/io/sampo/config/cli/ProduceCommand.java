package io.sampo.config.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sampo produce`: standard input to a topic, one record a line.
@Command(
        name = "produce",
        mixinStandardHelpOptions = true,
        description = "Send standard input to a topic, one record a line.",
        footer = {
            "",
            "Every line was acknowledged by the broker when the command ends with exit code 0.",
            "",
            "Examples:",
            "  echo hello | sampo produce orders",
            "  sampo produce orders --key-separator : --header source=shell < orders.txt",
            "  sampo produce orders --json < orders.jsonl     # {\"key\": ..., \"value\": ..., \"headers\": {...}}"
        })
public final class ProduceCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private ClientOptions client;

    @Parameters(paramLabel = "TOPIC", description = "Where the records go.")
    @SuppressWarnings("NullAway.Init")
    private String topic;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "What stands between key and value; a line without it has no key.")
    private @Nullable String keySeparator;

    @Option(names = "--header", paramLabel = "KEY=VALUE", description = "A header for every record; repeat for more.")
    private @Nullable Map<String, String> headers;

    @Option(names = "--partition", paramLabel = "N", description = "Send all to this partition.")
    private @Nullable Integer partition;

    @Option(names = "--json", description = "Each line is a JSON object: key, value, headers, partition, timestamp.")
    private boolean json;

    @Option(
            names = {"-z", "--compression"},
            paramLabel = "CODEC",
            defaultValue = "none",
            description = "none, gzip, snappy, lz4 or zstd.")
    private String compression = "none";

    @Option(
            names = {"-q", "--quiet"},
            description = "No progress and no summary.")
    private boolean quiet;

    @Override
    public Integer call() throws Exception {
        Properties properties = client.properties();
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        properties.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, "15000");
        PrintWriter err = spec.commandLine().getErr();
        Progress progress = new Progress(err, quiet, System.currentTimeMillis());
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            sendAll(producer, progress, failure);
            producer.flush();
        }
        Exception failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        if (client.json()) {
            spec.commandLine().getOut().println("{\"records\": " + progress.records() + "}");
            spec.commandLine().getOut().flush();
        } else if (!quiet) {
            progress.finish("Sent", System.currentTimeMillis());
        }
        return 0;
    }

    private void sendAll(
            KafkaProducer<byte[], byte[]> producer, Progress progress, AtomicReference<@Nullable Exception> failure)
            throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
        long lineNumber = 0;
        for (String line = in.readLine(); line != null && failure.get() == null; line = in.readLine()) {
            lineNumber++;
            ProducerRecord<byte[], byte[]> record;
            try {
                record = json ? RecordFormat.fromJson(topic, line) : fromText(line);
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException("line " + lineNumber + ": " + wrong.getMessage(), wrong);
            }
            var _ = producer.send(record, (_, problem) -> {
                if (problem != null) {
                    failure.compareAndSet(null, problem);
                }
            });
            progress.add(record.key(), record.value(), System.currentTimeMillis());
        }
    }

    private ProducerRecord<byte[], byte[]> fromText(String line) {
        byte[] key = null;
        String value = line;
        int at = keySeparator == null ? -1 : line.indexOf(keySeparator);
        if (at >= 0 && keySeparator != null) {
            key = line.substring(0, at).getBytes(StandardCharsets.UTF_8);
            value = line.substring(at + keySeparator.length());
        }
        List<Header> list = new ArrayList<>();
        if (headers != null) {
            headers.forEach((name, text) -> list.add(new RecordHeader(name, text.getBytes(StandardCharsets.UTF_8))));
        }
        return new ProducerRecord<>(topic, partition, null, key, value.getBytes(StandardCharsets.UTF_8), list);
    }
}
