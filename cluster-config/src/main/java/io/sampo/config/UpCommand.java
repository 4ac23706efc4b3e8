package io.sampo.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sampo up`: one node in the foreground, until SIGTERM or Ctrl-C.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = "Run one node in the foreground. It prints one line when it serves clients.",
        footer = {
            "",
            "Settings, weakest first: defaults, --config FILE (or DIR/server.properties), --port and --data, --set.",
            "docs/configuration.md lists them all.",
            "The node listens on 127.0.0.1 only, unless `listeners` says otherwise. Logs go to DIR/logs, the process id of",
            "the node to DIR/sampo.pid. Ctrl-C or SIGTERM ends it cleanly; kill -9 loses nothing that was acknowledged.",
            "",
            "Examples:",
            "  sampo up",
            "  sampo up --port 19092 --data /var/lib/sampo --set num.partitions=6",
            "  sampo up --config server.properties --set listeners=PLAINTEXT://0.0.0.0:9092",
            "  sampo up --port 9093 --data other --set sampo.cluster.bootstrap.nodes=127.0.0.1:19092   # joins that node"
        })
public final class UpCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Where clients connect; 0: any free port. Default: 9092.")
    private @Nullable Integer port;

    @Option(names = "--data", paramLabel = "DIR", description = "Where everything is kept. Default: ./data.")
    private @Nullable Path data;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings in the form of Kafka's server.properties.")
    private @Nullable Path config;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting by Kafka's name; repeat for more.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        NodeOptions options = NodeOptions.read(config, port, data, settings);
        System.setProperty(
                "sampo.log.dir", options.dataDirectory().resolve("logs").toString());
        return NodeProcess.run(
                options, spec.commandLine().getOut(), spec.commandLine().getErr());
    }
}
