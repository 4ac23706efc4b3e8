package io.sampo.config.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sampo topics`: list, describe, create, grow and delete topics.
@Command(
        name = "topics",
        mixinStandardHelpOptions = true,
        description = "List, describe, create, grow and delete topics.",
        footer = {
            "",
            "Examples:",
            "  sampo topics create orders --partitions 6 --config retention.ms=86400000",
            "  sampo topics describe orders",
            "  sampo topics list -o json",
            "  sampo topics grow orders --partitions 12",
            "  sampo topics delete orders"
        })
public final class TopicsCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /// Without a subcommand there is nothing to do: usage, exit code 2.
    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do: list, describe, create, grow or delete.");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All topics with partitions and replicas.")
    int list(
            @Mixin ClientOptions client,
            @Option(names = "--internal", description = "Show internal topics too.") boolean internal)
            throws Exception {
        try (Admin admin = client.admin()) {
            var names = admin.listTopics(new ListTopicsOptions().listInternal(internal))
                    .names()
                    .get();
            Table table = new Table("TOPIC", "PARTITIONS", "REPLICATION FACTOR", "ID");
            Map<String, TopicDescription> topics =
                    admin.describeTopics(names).allTopicNames().get();
            for (String name : new TreeSet<>(names)) {
                TopicDescription topic = Objects.requireNonNull(topics.get(name));
                int replicas = topic.partitions().isEmpty()
                        ? 0
                        : topic.partitions().getFirst().replicas().size();
                table.row(
                        name,
                        topic.partitions().size(),
                        replicas,
                        topic.topicId().toString());
            }
            table.print(out(), client.output);
            return 0;
        }
    }

    @Command(
            name = "describe",
            mixinStandardHelpOptions = true,
            description = "Partitions of topics: leader, replicas, first and end offset.")
    int describe(
            @Mixin ClientOptions client,
            @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Topics to describe.") List<String> names)
            throws Exception {
        try (Admin admin = client.admin()) {
            Map<String, TopicDescription> topics =
                    admin.describeTopics(names).allTopicNames().get();
            Map<TopicPartition, ListOffsetsResultInfo> first = offsets(admin, topics, OffsetSpec.earliest());
            Map<TopicPartition, ListOffsetsResultInfo> end = offsets(admin, topics, OffsetSpec.latest());
            Table table = new Table(
                    "TOPIC", "PARTITION", "LEADER", "REPLICAS", "IN SYNC", "FIRST OFFSET", "END OFFSET", "RECORDS");
            for (String name : names) {
                for (TopicPartitionInfo partition :
                        Objects.requireNonNull(topics.get(name)).partitions()) {
                    TopicPartition id = new TopicPartition(name, partition.partition());
                    Long from = offset(first.get(id));
                    Long to = offset(end.get(id));
                    table.row(
                            name,
                            partition.partition(),
                            partition.leader() == null
                                    ? null
                                    : partition.leader().id(),
                            ids(partition.replicas()),
                            ids(partition.isr()),
                            from,
                            to,
                            from == null || to == null ? null : to - from);
                }
            }
            table.print(out(), client.output);
            return 0;
        }
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Create topics.")
    int create(
            @Mixin ClientOptions client,
            @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Topics to create.") List<String> names,
            @Option(
                            names = {"-p", "--partitions"},
                            paramLabel = "N",
                            description = "Default: the broker's num.partitions.")
                    @Nullable
                    Integer partitions,
            @Option(
                            names = {"-r", "--replication-factor"},
                            paramLabel = "N",
                            description = "Default: the broker's default.replication.factor.")
                    @Nullable
                    Short replicationFactor,
            @Option(
                            names = {"-c", "--config"},
                            paramLabel = "KEY=VALUE",
                            description = "Topic config by Kafka's name; repeat for more.")
                    @Nullable
                    Map<String, String> configs,
            @Option(names = "--if-not-exists", description = "Succeed when the topic is there already.")
                    boolean ifNotExists)
            throws Exception {
        try (Admin admin = client.admin()) {
            Map<String, String> settings = configs == null ? Map.of() : configs;
            List<NewTopic> topics = new ArrayList<>();
            for (String name : names) {
                topics.add(new NewTopic(name, Optional.ofNullable(partitions), Optional.ofNullable(replicationFactor))
                        .configs(settings));
            }
            var results = admin.createTopics(topics).values();
            for (String name : names) {
                try {
                    Objects.requireNonNull(results.get(name)).get();
                    tell(client, "Created topic " + name);
                } catch (ExecutionException failure) {
                    if (!(ifNotExists && failure.getCause() instanceof TopicExistsException)) {
                        throw failure;
                    }
                    tell(client, "Topic " + name + " exists already");
                }
            }
            return 0;
        }
    }

    @Command(name = "grow", mixinStandardHelpOptions = true, description = "Give a topic more partitions.")
    int grow(
            @Mixin ClientOptions client,
            @Parameters(paramLabel = "TOPIC", description = "The topic.") String name,
            @Option(
                            names = {"-p", "--partitions"},
                            paramLabel = "N",
                            required = true,
                            description = "How many it shall have in all.")
                    int partitions)
            throws Exception {
        try (Admin admin = client.admin()) {
            admin.createPartitions(Map.of(name, NewPartitions.increaseTo(partitions)))
                    .all()
                    .get();
            tell(client, "Topic " + name + " has " + partitions + " partitions");
            return 0;
        }
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description = "Delete topics with all their records. There is no way back.")
    int delete(
            @Mixin ClientOptions client,
            @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Topics to delete.") List<String> names,
            @Option(names = "--if-exists", description = "Succeed when the topic is not there.") boolean ifExists)
            throws Exception {
        try (Admin admin = client.admin()) {
            var results = admin.deleteTopics(names).topicNameValues();
            for (String name : names) {
                try {
                    Objects.requireNonNull(results.get(name)).get();
                    tell(client, "Deleted topic " + name);
                } catch (ExecutionException failure) {
                    if (!(ifExists && failure.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw failure;
                    }
                    tell(client, "There is no topic " + name);
                }
            }
            return 0;
        }
    }

    private static Map<TopicPartition, ListOffsetsResultInfo> offsets(
            Admin admin, Map<String, TopicDescription> topics, OffsetSpec spec) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        topics.forEach((name, topic) -> {
            for (TopicPartitionInfo partition : topic.partitions()) {
                if (partition.leader() != null) {
                    wanted.put(new TopicPartition(name, partition.partition()), spec);
                }
            }
        });
        return wanted.isEmpty() ? Map.of() : admin.listOffsets(wanted).all().get();
    }

    private static @Nullable Long offset(@Nullable ListOffsetsResultInfo info) {
        return info == null ? null : (Long) info.offset();
    }

    private static List<Integer> ids(List<Node> nodes) {
        return nodes.stream().map(Node::id).toList();
    }

    private void tell(ClientOptions client, String text) {
        if (!client.json()) {
            out().println(text);
            out().flush();
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
