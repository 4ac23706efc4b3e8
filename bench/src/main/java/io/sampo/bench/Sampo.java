package io.sampo.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Sampo as its users start it: `./sampo up`, with its own defaults.
///
/// @param home the root of the checkout
record Sampo(Path home) implements Product {

    @Override
    public String name() {
        return "sampo";
    }

    @Override
    public List<String> startCommand(Path directory, Path dataDirectory, int port) {
        return List.of(
                home.resolve("sampo").toString(),
                "up",
                "--port",
                Integer.toString(port),
                "--data",
                dataDirectory.toString());
    }

    @Override
    public Map<String, String> topicConfigs(Durability durability) {
        return switch (durability) {
            case DEFAULT -> Map.of();
            case PAGE_CACHE -> Map.of("flush.messages", Long.toString(Long.MAX_VALUE));
            case SYNCED -> Map.of("flush.messages", "1");
        };
    }
}
