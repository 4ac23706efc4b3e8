package io.sampo.chaos.fault;

import io.sampo.chaos.FileTrees;
import io.sampo.chaos.rig.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A node's directory is copied, the node goes on for some time, and then it is started on the copy: what a
/// restored
/// backup does.
final class OldDirectory implements Fault {
    private final Node node;
    private boolean copied;

    OldDirectory(Node node) {
        this.node = node;
    }

    private Path copy() {
        return node.output().resolveSibling("old-directory");
    }

    @Override
    public void inject() throws IOException {
        node.kill();
        Files.createDirectories(copy());
        FileTrees.clear(copy());
        FileTrees.copy(node.data(), copy());
        copied = true;
        node.start();
    }

    @Override
    public void heal() throws IOException {
        if (copied) {
            node.kill();
            FileTrees.clear(node.data());
            FileTrees.copy(copy(), node.data());
            FileTrees.clear(copy());
            node.filesReplaced();
        }
        node.start();
    }

    @Override
    public long lastsMs() {
        return 15_000;
    }

    @Override
    public String description() {
        return "restored old directory of " + node.name();
    }
}
