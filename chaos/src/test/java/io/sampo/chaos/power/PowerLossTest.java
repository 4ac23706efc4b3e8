package io.sampo.chaos.power;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PowerLossTest {
    @TempDir
    Path dir;

    private Path file() {
        return dir.resolve("log");
    }

    private Path journal() {
        return dir.resolve("unsynced");
    }

    private static void write(PowerLossFiles files, FileChannel channel, Path path, byte[] bytes) throws IOException {
        files.write(channel, path, new ByteBuffer[] {ByteBuffer.wrap(bytes)}, 0, 1);
    }

    private static byte[] filled(int size, char with) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    @Test
    void whatWasSyncedStaysAndWhatFollowsIsLostFromSomePointOn() throws IOException {
        Set<Long> sizes = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            Files.deleteIfExists(file());
            PowerLossFiles files = new PowerLossFiles(journal());
            try (FileChannel channel = files.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                write(files, channel, file(), filled(1_000, 'a'));
                files.force(channel, file());
                for (int i = 0; i < 4; i++) {
                    write(files, channel, file(), filled(1_000, 'b'));
                }
            }

            long lost = PowerLoss.happen(journal(), new Random(seed * 0x9E3779B97F4A7C15L));

            byte[] left = Files.readAllBytes(file());
            assertEquals(5_000 - lost, left.length);
            assertTrue(left.length >= 1_000, "the synced part is whole");
            assertArrayEquals(filled(1_000, 'a'), Arrays.copyOf(left, 1_000));
            assertArrayEquals(filled(left.length - 1_000, 'b'), Arrays.copyOfRange(left, 1_000, left.length));
            sizes.add((long) left.length);
        }
        assertTrue(sizes.size() > 4, () -> "seeds lose different amounts: " + sizes);
    }

    @Test
    void nothingIsLostWhenAllIsSynced() throws IOException {
        PowerLossFiles files = new PowerLossFiles(journal());
        try (FileChannel channel = files.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            write(files, channel, file(), filled(700, 'a'));
            files.force(channel, file());
        }

        assertEquals(0, PowerLoss.happen(journal(), new Random(1)));
        assertEquals(700, Files.size(file()));
    }

    @Test
    void bytesThatWereWrittenOverComeBack() throws IOException {
        Files.writeString(file(), "0123456789");
        boolean undone = false;
        for (int seed = 0; seed < 20 && !undone; seed++) {
            Files.writeString(file(), "0123456789");
            PowerLossFiles files = new PowerLossFiles(journal());
            try (FileChannel channel = files.open(file(), StandardOpenOption.WRITE)) {
                channel.position(2);
                write(files, channel, file(), "XYZ".getBytes(StandardCharsets.US_ASCII));
            }
            assertEquals("01XYZ56789", Files.readString(file()));
            PowerLoss.happen(journal(), new Random(seed * 0x9E3779B97F4A7C15L));
            undone = Files.readString(file()).equals("0123456789");
        }
        assertTrue(undone, "some seed loses the write");
    }

    @Test
    void theNotesOutliveTheProcess() throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            write(new PowerLossFiles(journal()), channel, file(), filled(100, 'a'));
            new PowerLossFiles(journal()).force(channel, file());
        }

        assertEquals(0, PowerLoss.happen(journal(), new Random(1)));
        assertEquals(100, Files.size(file()));
    }

    @Test
    void aFileThatWasCutIsNotGivenItsOldEndBack() throws IOException {
        for (int seed = 0; seed < 10; seed++) {
            Files.deleteIfExists(file());
            PowerLossFiles files = new PowerLossFiles(journal());
            try (FileChannel channel = files.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                write(files, channel, file(), filled(100, 'a'));
                files.force(channel, file());
                write(files, channel, file(), filled(100, 'b'));
                files.truncate(channel, file(), 50);
            }

            PowerLoss.happen(journal(), new Random(seed * 0x9E3779B97F4A7C15L));

            assertEquals(50, Files.size(file()));
        }
    }

    @Test
    void aFileThatIsGoneIsLeftAlone() throws IOException {
        PowerLossFiles files = new PowerLossFiles(journal());
        try (FileChannel channel = files.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            write(files, channel, file(), filled(100, 'a'));
        }
        Files.delete(file());

        assertEquals(0, PowerLoss.happen(journal(), new Random(3)));
    }
}
