package io.sampo.chaos.rig;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A library that a node preloads, which shifts its wall clock by what a file says; compiled with the system's C
/// compiler. (libfaketime does the same, and so slowly that a JVM under it hardly serves.)
public final class ClockShift {
    private static final String SOURCE = "clock_shift.c";

    private ClockShift() {}

    public static boolean isPossible() {
        return Shell.works("cc", "--version");
    }

    /// @return the compiled library
    static Path compile(Path directory) throws IOException {
        Path source = directory.resolve(SOURCE);
        try (InputStream in = ClockShift.class.getResourceAsStream(SOURCE)) {
            if (in == null) {
                throw new IOException("no " + SOURCE);
            }
            Files.write(source, in.readAllBytes());
        }
        Path library = directory.resolve("clock_shift.so");
        Shell.run("cc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl");
        return library;
    }

    /// Changes the file in place: nodes have it mapped.
    public static void write(Path file, long shiftMs) throws IOException {
        ByteBuffer nanos = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
        nanos.putLong(shiftMs * 1_000_000).flip();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(nanos, 0);
        }
    }
}
