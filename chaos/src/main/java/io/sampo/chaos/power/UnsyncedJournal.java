package io.sampo.chaos.power;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// What was written to which file, what was there before, and what was synced since.
///
/// Thread rule: any thread; the file has one process that appends, and is read when that is gone.
final class UnsyncedJournal {
    private static final byte WRITE = 1;
    private static final byte SYNC_BEGINS = 2;
    private static final byte SYNC_ENDS = 3;
    private static final byte TRUNCATED = 4;

    private final FileChannel channel;
    private long tickets;

    /// One write that no sync covers.
    ///
    /// @param sizeBefore of the file
    /// @param position where it began
    /// @param before the bytes that it wrote over
    record Unsynced(long number, Path path, long sizeBefore, byte[] before, long position) {}

    private UnsyncedJournal(FileChannel channel) {
        this.channel = channel;
        this.tickets = System.nanoTime();
    }

    static UnsyncedJournal append(Path file) throws IOException {
        return new UnsyncedJournal(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    synchronized void write(Path path, long sizeBefore, byte[] before, long position) throws IOException {
        note(WRITE, path, sizeBefore, position, before);
    }

    synchronized long syncBegins(Path path) throws IOException {
        long ticket = tickets++;
        note(SYNC_BEGINS, path, ticket, 0, new byte[0]);
        return ticket;
    }

    synchronized void syncEnds(Path path, long ticket) throws IOException {
        note(SYNC_ENDS, path, ticket, 0, new byte[0]);
    }

    synchronized void truncated(Path path, long size) throws IOException {
        note(TRUNCATED, path, size, 0, new byte[0]);
    }

    private void note(byte kind, Path path, long first, long second, byte[] bytes) throws IOException {
        ByteArrayOutputStream note = new ByteArrayOutputStream(64 + bytes.length);
        DataOutputStream out = new DataOutputStream(note);
        out.writeByte(kind);
        out.writeUTF(path.toAbsolutePath().toString());
        out.writeLong(first);
        out.writeLong(second);
        out.writeInt(bytes.length);
        out.write(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(note.toByteArray());
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /// The writes that a loss of power would take, oldest first. A note that the end of the process cut is none.
    static List<Unsynced> read(Path file) throws IOException {
        Map<Path, List<Unsynced>> open = new HashMap<>();
        Map<Long, Long> syncs = new HashMap<>();
        long number = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                byte kind = in.readByte();
                Path path = Path.of(in.readUTF());
                long first = in.readLong();
                long second = in.readLong();
                byte[] bytes = in.readNBytes(in.readInt());
                number++;
                List<Unsynced> writes = open.computeIfAbsent(path, _ -> new ArrayList<>());
                switch (kind) {
                    case WRITE -> writes.add(new Unsynced(number, path, first, bytes, second));
                    case SYNC_BEGINS -> syncs.put(first, number);
                    case SYNC_ENDS -> {
                        Long began = syncs.remove(first);
                        writes.removeIf(write -> began != null && write.number() < began);
                    }
                    case TRUNCATED -> forgetBeyond(writes, first);
                    default -> throw new IOException(file + " is damaged");
                }
            }
        } catch (EOFException | NoSuchFileException _) {
            List<Unsynced> all = new ArrayList<>();
            open.values().forEach(all::addAll);
            all.sort((one, other) -> Long.compare(one.number(), other.number()));
            return all;
        }
    }

    private static void forgetBeyond(List<Unsynced> writes, long size) {
        for (Iterator<Unsynced> i = writes.iterator(); i.hasNext(); ) {
            if (i.next().position() >= size) {
                i.remove();
            }
        }
    }
}
