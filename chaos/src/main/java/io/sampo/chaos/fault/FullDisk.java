package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The node's file system is filled to the last byte; room again when healed, and a node that gave up is started.
record FullDisk(Node node) implements Fault {
    private static final int CHUNK_BYTES = 1 << 16;

    private Path filler() {
        return node.data().resolve("filler.tmp");
    }

    @Override
    public void inject() throws IOException {
        fill(CHUNK_BYTES);
        fill(512);
    }

    private void fill(int chunk) throws IOException {
        Path file = chunk == CHUNK_BYTES ? filler() : filler().resolveSibling("filler.end.tmp");
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[chunk]);
            }
        } catch (IOException full) {
            if (!String.valueOf(full.getMessage()).contains("No space left")) {
                throw full;
            }
        }
    }

    @Override
    public void heal() throws IOException {
        Files.deleteIfExists(filler());
        Files.deleteIfExists(filler().resolveSibling("filler.end.tmp"));
    }

    @Override
    public String description() {
        return "full disk of " + node.name();
    }
}
