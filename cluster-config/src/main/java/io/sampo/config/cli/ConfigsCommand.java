package io.sampo.config.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sampo configs`: read and change configs of topics and nodes while they run.
@Command(
        name = "configs",
        mixinStandardHelpOptions = true,
        description = "Read and change the configs of topics and nodes.",
        footer = {
            "",
            "Examples:",
            "  sampo configs describe topic orders",
            "  sampo configs describe node 1 --all",
            "  sampo configs set topic orders retention.ms=86400000 segment.bytes=104857600",
            "  sampo configs unset topic orders retention.ms"
        })
public final class ConfigsCommand implements Callable<Integer> {

    /// What can have configs; `node default` stands for all nodes.
    enum Kind {
        TOPIC,
        NODE
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do: describe, set or unset.");
    }

    @Command(
            name = "describe",
            mixinStandardHelpOptions = true,
            description = "What is set, and where each value comes from.")
    int describe(
            @Mixin ClientOptions client,
            @Parameters(paramLabel = "topic|node", description = "Kind of resource.") Kind kind,
            @Parameters(paramLabel = "NAME", description = "Topic name or node id.") String name,
            @Option(
                            names = {"-a", "--all"},
                            description = "Defaults too, with their documentation.")
                    boolean all)
            throws Exception {
        try (Admin admin = client.admin()) {
            ConfigResource resource = resource(kind, name);
            List<ConfigEntry> entries = new ArrayList<>(Objects.requireNonNull(admin.describeConfigs(
                                    List.of(resource), new DescribeConfigsOptions().includeDocumentation(all))
                            .all()
                            .get()
                            .get(resource))
                    .entries());
            entries.sort(Comparator.comparing(ConfigEntry::name));
            Table table = all
                    ? new Table("CONFIG", "VALUE", "SOURCE", "READ ONLY", "DOCUMENTATION")
                    : new Table("CONFIG", "VALUE", "SOURCE");
            for (ConfigEntry entry : entries) {
                String value = entry.isSensitive() ? "(hidden)" : entry.value();
                String source = entry.source().name().toLowerCase(Locale.ROOT).replace('_', ' ');
                if (all) {
                    table.row(entry.name(), value, source, entry.isReadOnly() ? "yes" : "no", entry.documentation());
                } else if (entry.source() != ConfigEntry.ConfigSource.DEFAULT_CONFIG) {
                    table.row(entry.name(), value, source);
                }
            }
            if (table.isEmpty() && !client.json()) {
                out().println("Nothing is set: all values are defaults (--all shows them).");
            }
            table.print(out(), client.output);
            return 0;
        }
    }

    @Command(name = "set", mixinStandardHelpOptions = true, description = "Set configs; other configs stay.")
    int set(
            @Mixin ClientOptions client,
            @Parameters(paramLabel = "topic|node", description = "Kind of resource.") Kind kind,
            @Parameters(paramLabel = "NAME", description = "Topic name, node id, or 'default' for all nodes.")
                    String name,
            @Parameters(arity = "1..*", paramLabel = "KEY=VALUE", description = "What to set.")
                    Map<String, String> values)
            throws Exception {
        List<AlterConfigOp> changes = new ArrayList<>();
        values.forEach(
                (key, value) -> changes.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        return alter(client, resource(kind, name), changes);
    }

    @Command(name = "unset", mixinStandardHelpOptions = true, description = "Go back to the default.")
    int unset(
            @Mixin ClientOptions client,
            @Parameters(paramLabel = "topic|node", description = "Kind of resource.") Kind kind,
            @Parameters(paramLabel = "NAME", description = "Topic name, node id, or 'default' for all nodes.")
                    String name,
            @Parameters(arity = "1..*", paramLabel = "KEY", description = "What to unset.") List<String> keys)
            throws Exception {
        List<AlterConfigOp> changes = new ArrayList<>();
        for (String key : keys) {
            changes.add(new AlterConfigOp(new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE));
        }
        return alter(client, resource(kind, name), changes);
    }

    private int alter(ClientOptions client, ConfigResource resource, Collection<AlterConfigOp> changes)
            throws Exception {
        try (Admin admin = client.admin()) {
            admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
        }
        if (!client.json()) {
            out().println("Changed " + changes.size() + (changes.size() == 1 ? " config" : " configs"));
            out().flush();
        }
        return 0;
    }

    private static ConfigResource resource(Kind kind, String name) {
        return switch (kind) {
            case TOPIC -> new ConfigResource(ConfigResource.Type.TOPIC, name);
            case NODE -> new ConfigResource(ConfigResource.Type.BROKER, name.equals("default") ? "" : name);
        };
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
