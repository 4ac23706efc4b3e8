package io.sampo.chaos.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The memory file systems that hold nodes' data, so that a disk can be full.
public final class Mounts {
    private static final Path TABLE = Path.of("/proc/mounts");

    /// What stands as their device in the system's table.
    static final String DEVICE = "sampo-chaos";

    private Mounts() {}

    static void mount(Path directory, int mebibytes) throws IOException {
        Shell.run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", DEVICE, directory.toString());
    }

    static void release(Path mount) {
        Shell.works("umount", "-l", mount.toString());
    }

    /// Gives back what a driver that was killed has left below a directory, which could not be deleted otherwise.
    public static void releaseBelow(Path directory) throws IOException {
        if (Files.isReadable(TABLE)) {
            below(directory, Files.readAllLines(TABLE)).forEach(Mounts::release);
        }
    }

    /// @param table lines of device, mount point, and more
    static List<Path> below(Path directory, List<String> table) {
        return table.stream()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length > 1 && fields[0].equals(DEVICE))
                // Blanks stand as octal numbers there.
                .map(fields -> Path.of(fields[1].replace("\\040", " ")))
                .filter(mount -> mount.startsWith(directory))
                .toList();
    }
}
