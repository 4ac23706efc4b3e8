package io.sampo.config.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sampo groups`: consumer groups, their members, lag and offsets.
@Command(
        name = "groups",
        mixinStandardHelpOptions = true,
        description = "Consumer groups: members, lag, offsets.",
        footer = {
            "",
            "Examples:",
            "  sampo groups list",
            "  sampo groups describe billing",
            "  sampo groups reset billing --topic orders --to 2026-01-31T08:00:00Z            # shows the plan",
            "  sampo groups reset billing --topic orders --to earliest --execute",
            "  sampo groups delete billing"
        })
public final class GroupsCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do: list, describe, reset or delete.");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All groups with their state.")
    int list(@Mixin ClientOptions client) throws Exception {
        try (Admin admin = client.admin()) {
            List<GroupListing> groups = new ArrayList<>(admin.listGroups().all().get());
            groups.sort(Comparator.comparing(GroupListing::groupId));
            Table table = new Table("GROUP", "STATE", "TYPE", "PROTOCOL");
            for (GroupListing group : groups) {
                table.row(
                        group.groupId(),
                        group.groupState().map(Object::toString).orElse(null),
                        group.type().map(Object::toString).orElse(null),
                        group.protocol());
            }
            table.print(out(), client.output);
            return 0;
        }
    }

    @Command(
            name = "describe",
            mixinStandardHelpOptions = true,
            description = "Who reads which partition, and how far behind.")
    int describe(
            @Mixin ClientOptions client, @Parameters(paramLabel = "GROUP", description = "The group.") String group)
            throws Exception {
        try (Admin admin = client.admin()) {
            var description = Objects.requireNonNull(
                    admin.describeConsumerGroups(List.of(group)).all().get().get(group));
            Map<TopicPartition, MemberDescription> owners = new TreeMap<>(BY_NAME);
            for (MemberDescription member : description.members()) {
                for (TopicPartition partition : member.assignment().topicPartitions()) {
                    owners.put(partition, member);
                }
            }
            Map<TopicPartition, OffsetAndMetadata> committed = new TreeMap<>(BY_NAME);
            admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            committed.put(partition, offset);
                        }
                    });
            Map<TopicPartition, Boolean> partitions = new TreeMap<>(BY_NAME);
            owners.keySet().forEach(partition -> partitions.put(partition, true));
            committed.keySet().forEach(partition -> partitions.put(partition, true));
            Map<TopicPartition, Long> ends = ends(admin, partitions.keySet());
            Table table = new Table("TOPIC", "PARTITION", "COMMITTED", "END OFFSET", "LAG", "MEMBER", "HOST", "CLIENT");
            for (TopicPartition partition : partitions.keySet()) {
                OffsetAndMetadata offset = committed.get(partition);
                Long end = ends.get(partition);
                MemberDescription owner = owners.get(partition);
                table.row(
                        partition.topic(),
                        partition.partition(),
                        offset == null ? null : offset.offset(),
                        end,
                        offset == null || end == null ? null : end - offset.offset(),
                        owner == null ? null : owner.consumerId(),
                        owner == null ? null : owner.host(),
                        owner == null ? null : owner.clientId());
            }
            if (!client.json()) {
                out().println("Group " + group + ": " + description.groupState() + ", "
                        + description.members().size() + " members");
            }
            table.print(out(), client.output);
            return 0;
        }
    }

    @Command(
            name = "reset",
            mixinStandardHelpOptions = true,
            description =
                    "Move a group's committed offsets. Shows the plan; --execute does it. The group must have no members.")
    int reset(
            @Mixin ClientOptions client,
            @Parameters(paramLabel = "GROUP", description = "The group.") String group,
            @Option(
                            names = {"-t", "--topic"},
                            required = true,
                            paramLabel = "TOPIC",
                            description = "The topic; all its partitions move.")
                    String topic,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "WHERE",
                            description =
                                    "earliest, latest, an offset, a time (2026-01-31T08:00:00Z) or +N / -N records.")
                    String to,
            @Option(names = "--execute", description = "Do it.") boolean execute)
            throws Exception {
        Position position;
        try {
            position = Position.parse(to);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
        }
        try (Admin admin = client.admin()) {
            Map<TopicPartition, OffsetAndMetadata> current = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
            List<TopicPartition> partitions = new ArrayList<>();
            Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get()
                            .get(topic))
                    .partitions()
                    .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            Map<TopicPartition, Long> targets = position.resolve(admin, partitions, current);
            Table table = new Table("TOPIC", "PARTITION", "COMMITTED", "NEW OFFSET");
            Map<TopicPartition, OffsetAndMetadata> changes = new LinkedHashMap<>();
            targets.forEach((partition, offset) -> {
                OffsetAndMetadata before = current.get(partition);
                table.row(partition.topic(), partition.partition(), before == null ? null : before.offset(), offset);
                changes.put(partition, new OffsetAndMetadata(offset));
            });
            if (execute) {
                admin.alterConsumerGroupOffsets(group, changes).all().get();
            }
            table.print(out(), client.output);
            if (!execute && !client.json()) {
                out().println("Nothing was changed: this is the plan, --execute does it.");
                out().flush();
            }
            return 0;
        }
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description = "Delete groups without members, with their offsets.")
    int delete(
            @Mixin ClientOptions client,
            @Parameters(arity = "1..*", paramLabel = "GROUP", description = "Groups to delete.") List<String> groups)
            throws Exception {
        try (Admin admin = client.admin()) {
            var results = admin.deleteConsumerGroups(groups).deletedGroups();
            for (String group : groups) {
                Objects.requireNonNull(results.get(group)).get();
                if (!client.json()) {
                    out().println("Deleted group " + group);
                    out().flush();
                }
            }
            return 0;
        }
    }

    private static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private static Map<TopicPartition, Long> ends(Admin admin, Iterable<TopicPartition> partitions) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new LinkedHashMap<>();
        if (!wanted.isEmpty()) {
            admin.listOffsets(wanted).all().get().forEach((partition, info) -> ends.put(partition, info.offset()));
        }
        return ends;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
