package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Sampo as its users start it: `./sampo up`, with its own defaults.
final class SampoBroker implements Broker {
    private final BrokerProcess process;
    private final Path home;
    private final int port;

    SampoBroker(Path home, Path directory) throws IOException {
        this.home = home;
        this.port = BrokerProcess.freePort();
        this.process = new BrokerProcess(directory, port);
    }

    @Override
    public String name() {
        return "sampo";
    }

    @Override
    public void start() throws IOException, InterruptedException {
        List<String> command = List.of(
                home.resolve("sampo").toString(),
                "up",
                "--port",
                Integer.toString(port),
                "--data",
                dataDirectory().toString());
        process.start(command, Map.of());
    }

    @Override
    public String address() {
        return process.address();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public void kill() throws InterruptedException {
        process.kill();
    }

    @Override
    public void stop() throws InterruptedException {
        process.stop();
    }

    @Override
    public Path dataDirectory() {
        return process.directory().resolve("data");
    }

    @Override
    public Map<String, String> topicConfigs(Durability durability) {
        return switch (durability) {
            case DEFAULT -> Map.of();
            case PAGE_CACHE -> Map.of("flush.messages", Long.toString(Long.MAX_VALUE));
            case SYNCED -> Map.of("flush.messages", "1");
        };
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}
