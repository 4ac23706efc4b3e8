package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// Something that happens to one node's files while the node is dead. It comes back when healed.
record DiskDamage(Node node, String what, Damage damage) implements Fault {

    /// Does it to the files of a node that does not run.
    interface Damage {
        void make(Node node) throws IOException;
    }

    @Override
    public void inject() throws IOException {
        node.kill();
        damage.make(node);
    }

    @Override
    public void heal() throws IOException {
        node.start();
    }

    @Override
    public String description() {
        return what + " of " + node.name();
    }

    /// Flips one bit in the middle half of a file, so that neither a torn end nor an unused one is hit.
    static void flipBit(Path file, Random random) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < 8) {
            return;
        }
        int at = bytes.length / 4 + random.nextInt(bytes.length / 2);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
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
