package io.sampo.config.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of every command that is a client of a broker.
public final class ClientOptions {

    /// A command waits no longer than this for the broker, in milliseconds.
    private static final String TIMEOUT_MS = "15000";

    @Option(
            names = {"-b", "--bootstrap-server"},
            paramLabel = "HOST:PORT",
            defaultValue = "${env:SAMPO_BOOTSTRAP_SERVER:-127.0.0.1:9092}",
            description = {"Where a broker listens; also from SAMPO_BOOTSTRAP_SERVER.", "Default: 127.0.0.1:9092."})
    String bootstrapServer = "127.0.0.1:9092";

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            description = "Client properties by Kafka's names, for TLS, SASL and tuning.")
    @Nullable
    Path commandConfig;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json. Default: text.")
    OutputFormat output = OutputFormat.TEXT;

    Properties properties() throws IOException {
        Properties properties = new Properties();
        if (commandConfig != null) {
            try (InputStream in = Files.newInputStream(commandConfig)) {
                properties.load(in);
            }
        }
        properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServer);
        properties.putIfAbsent(CommonClientConfigs.CLIENT_ID_CONFIG, "sampo-cli");
        return properties;
    }

    Admin admin() throws IOException {
        Properties properties = properties();
        properties.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
        properties.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        return Admin.create(properties);
    }

    boolean json() {
        return output == OutputFormat.JSON;
    }
}
