package io.sampo.config.cli;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sampo consume`: a topic to standard output, one record a line.
@Command(
        name = "consume",
        mixinStandardHelpOptions = true,
        description = "Print the records of a topic, one a line.",
        footer = {
            "",
            "With --group, offsets are committed and the next run goes on where this one ended; without it, nothing is kept.",
            "",
            "Examples:",
            "  sampo consume orders                                  # from now on, until Ctrl-C",
            "  sampo consume orders --from earliest --exit-at-end",
            "  sampo consume orders --from 2026-01-31T08:00:00Z -n 100 --print key,value,headers",
            "  sampo consume orders --group billing -o json | jq .value"
        })
public final class ConsumeCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(200);

    /// Parts of a record that text output can show, in the order in which they were asked for.
    enum Part {
        PARTITION,
        OFFSET,
        TIMESTAMP,
        KEY,
        VALUE,
        HEADERS
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private ClientOptions client;

    @Parameters(paramLabel = "TOPIC", description = "What to read.")
    @SuppressWarnings("NullAway.Init")
    private String topic;

    @Option(
            names = {"-f", "--from"},
            paramLabel = "WHERE",
            description = {
                "earliest, latest, an offset or a time (2026-01-31T08:00:00Z).",
                "Default: latest; with --group where the group left off, or earliest."
            })
    private @Nullable String from;

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description = "Read as a member of this group and commit.")
    private @Nullable String group;

    @Option(names = "--partition", paramLabel = "N", description = "Read only this partition.")
    private @Nullable Integer partition;

    @Option(
            names = {"-n", "--max-records"},
            paramLabel = "N",
            description = "Stop after so many records.")
    private long maxRecords = Long.MAX_VALUE;

    @Option(
            names = {"-e", "--exit-at-end"},
            description = "Stop at the records that are the last ones when the command starts.")
    private boolean exitAtEnd;

    @Option(
            names = {"-p", "--print"},
            split = ",",
            paramLabel = "PART",
            defaultValue = "value",
            description = "Of partition, offset, timestamp, key, value, headers; tabs between. Default: value.")
    private List<Part> parts = List.of(Part.VALUE);

    @Option(
            names = {"-q", "--quiet"},
            description = "No summary on standard error.")
    private boolean quiet;

    @Override
    public Integer call() throws Exception {
        Properties properties = client.properties();
        properties.putIfAbsent(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, group == null ? "latest" : "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.putIfAbsent(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        properties.putIfAbsent(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "15000");
        if (group != null) {
            if (from != null || partition != null) {
                throw new ParameterException(
                        spec.commandLine(), "--group decides where to read: leave out --from and --partition.");
            }
            properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        }
        Progress progress = new Progress(spec.commandLine().getErr(), true, System.currentTimeMillis());
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = partitions(consumer);
            if (group == null) {
                consumer.assign(partitions);
                seek(consumer, partitions);
            } else {
                consumer.subscribe(List.of(topic));
            }
            Thread main = Thread.currentThread();
            Thread hook = new Thread(() -> stop(consumer, main));
            Runtime.getRuntime().addShutdownHook(hook);
            boolean alive = pump(consumer, exitAtEnd ? consumer.endOffsets(partitions) : Map.of(), progress);
            if (alive) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
        if (!quiet && !client.json()) {
            progress.finish("Read", System.currentTimeMillis());
        }
        return 0;
    }

    /// Returns false when it was interrupted by a signal.
    private boolean pump(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, Progress progress)
            throws Exception {
        OutputStream out = new BufferedOutputStream(System.out, 1 << 16);
        try {
            while (progress.records() < maxRecords && !(exitAtEnd && atEnd(consumer, ends))) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    Long end = ends.get(new TopicPartition(record.topic(), record.partition()));
                    if (progress.records() >= maxRecords || (exitAtEnd && end != null && record.offset() >= end)) {
                        continue;
                    }
                    write(out, record);
                    progress.add(record.key(), record.value(), System.currentTimeMillis());
                    if (group != null && progress.records() >= maxRecords) {
                        commitUpTo(consumer, record);
                    }
                }
                out.flush();
                if (System.out.checkError()) {
                    return true; // whoever read our output has gone: nothing more to do
                }
                if (group != null && !records.isEmpty() && progress.records() < maxRecords) {
                    consumer.commitSync();
                }
            }
            return true;
        } catch (WakeupException _) {
            out.flush();
            return false;
        }
    }

    /// The last poll may have brought more than was asked for: only what was printed is committed.
    private void commitUpTo(KafkaConsumer<byte[], byte[]> consumer, ConsumerRecord<byte[], byte[]> last) {
        consumer.commitSync(Map.of(
                new TopicPartition(last.topic(), last.partition()),
                new org.apache.kafka.clients.consumer.OffsetAndMetadata(last.offset() + 1)));
    }

    private boolean atEnd(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        if (group != null && consumer.assignment().isEmpty()) {
            return false;
        }
        for (TopicPartition assigned : consumer.assignment()) {
            if (consumer.position(assigned) < ends.getOrDefault(assigned, 0L)) {
                return false;
            }
        }
        return true;
    }

    private List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer) {
        var infos = consumer.partitionsFor(topic);
        if (infos == null || infos.isEmpty()) {
            throw new IllegalArgumentException("there is no topic " + topic);
        }
        List<TopicPartition> partitions = new ArrayList<>();
        infos.forEach(info -> {
            if (partition == null || partition == info.partition()) {
                partitions.add(new TopicPartition(topic, info.partition()));
            }
        });
        if (partitions.isEmpty()) {
            throw new IllegalArgumentException("topic " + topic + " has no partition " + partition);
        }
        return partitions;
    }

    private void seek(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions) throws Exception {
        Position position;
        try {
            position = Position.parse(from == null ? "latest" : from);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
        }
        try (Admin admin = client.admin()) {
            Map<TopicPartition, Long> offsets = position.resolve(admin, partitions, new HashMap<>());
            offsets.forEach(consumer::seek);
        }
    }

    private void write(OutputStream out, ConsumerRecord<byte[], byte[]> record) throws Exception {
        if (client.json()) {
            out.write(RecordFormat.toJson(record).getBytes(StandardCharsets.UTF_8));
        } else {
            boolean first = true;
            for (Part part : parts) {
                if (!first) {
                    out.write('\t');
                }
                first = false;
                out.write(
                        switch (part) {
                            case PARTITION -> ascii(record.partition());
                            case OFFSET -> ascii(record.offset());
                            case TIMESTAMP -> ascii(record.timestamp());
                            case KEY -> orNull(record.key());
                            case VALUE -> orNull(record.value());
                            case HEADERS -> headers(record);
                        });
            }
        }
        out.write('\n');
    }

    private static byte[] ascii(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] orNull(byte @Nullable [] bytes) {
        return bytes == null ? "null".getBytes(StandardCharsets.US_ASCII) : bytes;
    }

    private static byte[] headers(ConsumerRecord<byte[], byte[]> record) {
        List<String> texts = new ArrayList<>();
        for (Header header : record.headers()) {
            texts.add(header.key() + "=" + new String(orNull(header.value()), StandardCharsets.UTF_8));
        }
        return String.join(",", texts).getBytes(StandardCharsets.UTF_8);
    }

    private static void stop(KafkaConsumer<byte[], byte[]> consumer, Thread main) {
        consumer.wakeup();
        try {
            main.join(5_000);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
