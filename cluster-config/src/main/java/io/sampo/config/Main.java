package io.sampo.config;

import io.sampo.config.cli.ConfigsCommand;
import io.sampo.config.cli.ConsumeCommand;
import io.sampo.config.cli.ExitCodes;
import io.sampo.config.cli.GroupsCommand;
import io.sampo.config.cli.NodesCommand;
import io.sampo.config.cli.ProduceCommand;
import io.sampo.config.cli.TopicsCommand;
import java.security.Security;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Entry point of the one jar: `up` runs a node, all other commands are clients of a running one.
@Command(
        name = "sampo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "An event streaming platform that speaks Kafka's wire protocol.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpCommand.class,
            ClusterCommand.class,
            RehearseCommand.class,
            TopicsCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            GroupsCommand.class,
            ConfigsCommand.class,
            NodesCommand.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "From the source tree also:  ./sampo test   runs all tests",
            "                            ./sampo bench  compares brokers, or clients, side by side",
            "                            ./sampo chaos  breaks nodes, checks what clients saw",
            "",
            "First steps:",
            "  ./sampo up                                        # one node on 127.0.0.1:9092",
            "  ./sampo cluster                                   # or three, on 9092 to 9094",
            "  ./sampo topics create orders --partitions 3",
            "  echo 'hello' | ./sampo produce orders",
            "  ./sampo consume orders --from earliest --exit-at-end",
            "",
            "Exit codes: 0 done as asked, 1 failed, 2 wrong usage."
        })
public final class Main {
    private static final Set<String> RUNS_A_NODE = Set.of("up", "rehearse");

    private static final String ADDRESS_CACHE_SECONDS = "5";
    private static final String NO_ADDRESS_CACHE_SECONDS = "1";

    private Main() {}

    public static void main(String[] args) {
        boolean node = args.length > 0 && RUNS_A_NODE.contains(args[0]);
        System.setProperty("logback.configurationFile", node ? "logback-node.xml" : "logback-tool.xml");
        forgetAddressesSoon();
        System.exit(commandLine().execute(args));
    }

    /// A pod that starts again has its old name and a new address, but the JVM believes for 30 s in the one that it
    /// knows, and for 10 s that a name has none. Pekko's resolver follows the same properties. What was set to
    /// something else is left alone.
    static void forgetAddressesSoon() {
        shorten("networkaddress.cache.ttl", "sun.net.inetaddr.ttl", null, ADDRESS_CACHE_SECONDS);
        shorten("networkaddress.cache.negative.ttl", "sun.net.inetaddr.negative.ttl", "10", NO_ADDRESS_CACHE_SECONDS);
    }

    private static void shorten(String key, String olderKey, @Nullable String usual, String seconds) {
        if (Objects.equals(Security.getProperty(key), usual) && System.getProperty(olderKey) == null) {
            Security.setProperty(key, seconds);
        }
    }

    /// The whole command tree, as tests use it too.
    public static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((failure, command, _) -> ExitCodes.report(failure, command));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.setAbbreviatedOptionsAllowed(false);
        return line;
    }
}
