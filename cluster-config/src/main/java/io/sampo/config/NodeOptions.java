package io.sampo.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// The settings of one node as its user gave them, merged: the profile of `up`, then the file, then flags, then
/// `--set`. The file is the one that is named, else `server.properties` in the data directory, where there is one.
///
/// @param dataDirectory absolute; `log.dirs` of the merged properties
/// @param properties by Kafka's names
record NodeOptions(Path dataDirectory, Map<String, String> properties) {
    static final int DEFAULT_PORT = 9092;
    private static final String DEFAULT_DATA = "data";
    static final String FILE = "server.properties";
    private static final int MOST_REPLICAS_BY_DEFAULT = 3;

    /// @throws IllegalArgumentException when the file cannot be read or names several directories
    static NodeOptions read(
            @Nullable Path config, @Nullable Integer port, @Nullable Path data, Map<String, String> settings)
            throws IOException {
        Map<String, String> merged = new LinkedHashMap<>();
        merged.put("group.initial.rebalance.delay.ms", "0");
        merged.put("offsets.topic.replication.factor", "1");
        if (config != null) {
            merged.putAll(load(config));
        } else if (Files.exists(dataOr(data, settings).resolve(FILE))) {
            merged.putAll(load(dataOr(data, settings).resolve(FILE)));
        }
        replicasByDefault(merged, settings);
        if (port != null || !(merged.containsKey("listeners") || settings.containsKey("listeners"))) {
            merged.put("listeners", "PLAINTEXT://127.0.0.1:" + (port == null ? DEFAULT_PORT : port));
        }
        if (data != null) {
            merged.put("log.dirs", data.toString());
        }
        merged.putAll(settings);
        String directory = merged.getOrDefault("log.dirs", merged.getOrDefault("log.dir", DEFAULT_DATA));
        if (directory.contains(",")) {
            throw new IllegalArgumentException(
                    "log.dirs names several directories (" + directory + "): a node keeps its data in one directory");
        }
        Path absolute = Path.of(directory).toAbsolutePath().normalize();
        merged.remove("log.dir");
        merged.put("log.dirs", absolute.toString());
        return new NodeOptions(absolute, merged);
    }

    private static Path dataOr(@Nullable Path data, Map<String, String> settings) {
        String inSettings = settings.getOrDefault("log.dirs", settings.getOrDefault("log.dir", DEFAULT_DATA));
        return data == null || settings.containsKey("log.dirs") ? Path.of(inSettings) : data;
    }

    /// Who founds a cluster of several nodes wants its topics on several of them.
    private static void replicasByDefault(Map<String, String> merged, Map<String, String> settings) {
        String key = "sampo.cluster.bootstrap.nodes";
        String founders = settings.getOrDefault(key, merged.getOrDefault(key, ""));
        int replicas = Math.min(MOST_REPLICAS_BY_DEFAULT, founders.split(",", -1).length);
        if (replicas > 1) {
            merged.putIfAbsent("default.replication.factor", Integer.toString(replicas));
            merged.replace("offsets.topic.replication.factor", "1", Integer.toString(replicas));
        }
    }

    private static Map<String, String> load(Path config) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(config)) {
            properties.load(in);
        } catch (NoSuchFileException _) {
            throw new IllegalArgumentException("there is no file " + config);
        }
        Map<String, String> map = new LinkedHashMap<>();
        properties.stringPropertyNames().stream().sorted().forEach(key -> map.put(key, properties.getProperty(key)));
        return map;
    }
}
