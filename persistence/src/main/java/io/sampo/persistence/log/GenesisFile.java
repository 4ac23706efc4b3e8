package io.sampo.persistence.log;

import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.BootstrapState.Blank;
import io.sampo.core.cluster.BootstrapState.Member;
import io.sampo.core.cluster.BootstrapState.Proposed;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;

/// What the founders of the cluster agreed on, beside `meta.properties` and in its form, with a checksum: replaced
/// as
/// a whole, synced before anybody is told.
final class GenesisFile {
    static final String FILE = "genesis.properties";
    private static final String VERSION = "1";
    private static final String MEMBER = "member";
    private static final String PROPOSED = "proposed";

    private GenesisFile() {}

    static Optional<BootstrapState> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Map<String, String> values = new LinkedHashMap<>();
        text.lines().filter(line -> line.indexOf('=') > 0).forEach(line -> {
            int equals = line.indexOf('=');
            values.put(line.substring(0, equals), line.substring(equals + 1));
        });
        String version = values.getOrDefault("version", "");
        try {
            if (!version.equals(VERSION)) {
                throw new IOException(file + " has version " + version + ", and this Sampo knows version " + VERSION);
            }
            BootstrapState state = parse(values);
            if (!content(state).equals(text)) {
                throw new IOException(file + " is damaged: its checksum does not match its content");
            }
            return Optional.of(state);
        } catch (IllegalArgumentException damaged) {
            throw new IOException(file + " is damaged: " + damaged.getMessage(), damaged);
        }
    }

    private static BootstrapState parse(Map<String, String> values) {
        List<Genesis.Voter> voters = new ArrayList<>();
        for (int i = 1; values.containsKey("voter." + i); i++) {
            voters.add(voter(values.getOrDefault("voter." + i, "")));
        }
        Genesis genesis = new Genesis(values.getOrDefault("cluster.id", ""), voters);
        return switch (values.getOrDefault("state", "")) {
            case MEMBER -> new Member(genesis);
            case PROPOSED -> new Proposed(Integer.parseInt(values.getOrDefault("round", "")), genesis);
            default -> throw new IllegalArgumentException("unknown state");
        };
    }

    private static Genesis.Voter voter(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("a voter has four parts: " + text);
        }
        NodeAddress address = NodeAddress.parse(parts[3]);
        return new Genesis.Voter(
                Integer.parseInt(parts[0]),
                Uuid.fromString(parts[1]),
                Uuid.fromString(parts[2]),
                address.host(),
                address.port());
    }

    static void write(FileOps files, Path directory, BootstrapState state) throws IOException {
        DurableFiles.replace(
                files, directory.resolve(FILE), ByteBuffer.wrap(content(state).getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String content(BootstrapState state) {
        StringBuilder lines = new StringBuilder("version=" + VERSION + "\n");
        Genesis genesis = switch (state) {
            case Blank _ -> throw new IllegalArgumentException("a directory never becomes blank again");
            case Proposed proposed -> {
                lines.append("state=").append(PROPOSED).append('\n');
                lines.append("round=").append(proposed.round()).append('\n');
                yield proposed.genesis();
            }
            case Member member -> {
                lines.append("state=").append(MEMBER).append('\n');
                yield member.genesis();
            }
        };
        lines.append("cluster.id=").append(genesis.clusterId()).append('\n');
        int number = 0;
        for (Genesis.Voter voter : genesis.voters()) {
            lines.append("voter.").append(++number).append('=').append(voter.nodeId());
            lines.append(' ').append(voter.nodeUuid()).append(' ').append(voter.directoryId());
            lines.append(' ').append(voter.address()).append('\n');
        }
        CRC32C checksum = new CRC32C();
        checksum.update(lines.toString().getBytes(StandardCharsets.ISO_8859_1));
        return lines.append("crc32c=")
                .append(Long.toHexString(checksum.getValue()))
                .append('\n')
                .toString();
    }
}
