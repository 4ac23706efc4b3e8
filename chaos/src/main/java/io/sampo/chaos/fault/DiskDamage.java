package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// Something that happens to one node's files. When healed the node is started, and what it cannot mend by itself is
/// done as its operator would.
///
/// @param dead the node is killed first
record DiskDamage(Node node, String what, boolean dead, Damage damage, Cure cure) implements Fault {

    /// Does it to the node's files.
    interface Damage {
        void make(Node node) throws IOException;
    }

    /// Brings the node back.
    interface Cure {
        void apply(Node node) throws IOException;
    }

    @Override
    public void inject() throws IOException {
        if (dead) {
            node.kill();
        }
        damage.make(node);
    }

    @Override
    public void heal() throws IOException {
        cure.apply(node);
    }

    @Override
    public String description() {
        return what + " of " + node.name();
    }

    /// Flips one bit in the middle half of a file, so that neither a torn end nor an unused one is hit.
    static void flipBit(Path file, Random random) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            int size = (int) channel.size();
            if (size < 8) {
                throw new IOException(file + " is empty");
            }
            int at = size / 4 + random.nextInt(size / 2);
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(8)));
            channel.write(one.rewind(), at);
        }
    }

    /// The segments of all partitions of the topic, closed ones or those that are written.
    static List<Path> segments(Node node, boolean closed) throws IOException {
        List<Path> chosen = new ArrayList<>();
        for (Path partition : partitions(node)) {
            List<Path> logs = files(partition, "*.log");
            if (!logs.isEmpty()) {
                chosen.addAll(closed ? logs.subList(0, logs.size() - 1) : List.of(logs.getLast()));
            }
        }
        return chosen;
    }

    static List<Path> journals(Node node) throws IOException {
        List<Path> chosen = new ArrayList<>();
        for (Path partition : partitions(node)) {
            chosen.addAll(files(partition, "meta.journal"));
        }
        return chosen;
    }

    static List<Path> partitions(Node node) throws IOException {
        return files(node.data(), Workload.TOPIC + "-[0-9]*").stream()
                .filter(path -> !String.valueOf(path.getFileName()).contains("."))
                .toList();
    }

    private static List<Path> files(Path directory, String glob) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
            entries.forEach(found::add);
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }
}
