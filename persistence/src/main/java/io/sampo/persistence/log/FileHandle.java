package io.sampo.persistence.log;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file of a partition whose channel is opened when it is needed; [OpenFiles] decides how long it stays open.
final class FileHandle {
    private volatile Path path;
    private volatile boolean writable;
    private volatile boolean gone;

    /// Guarded by [OpenFiles] for writing; read without a lock.
    volatile @Nullable OpenFile open;

    FileHandle(Path path, boolean writable) {
        this.path = path;
        this.writable = writable;
    }

    Path path() {
        return path;
    }

    boolean writable() {
        return writable;
    }

    /// The file is removed, or another object's from now on: whoever has it open reads on, nobody opens it again.
    void gone() {
        gone = true;
    }

    boolean isGone() {
        return gone;
    }

    /// After a rename: an open channel stays valid.
    void renamed(Path newPath) {
        path = newPath;
    }

    /// The caller evicts the channel afterwards, so that the next one is opened in the new mode.
    void setWritable(boolean nowWritable) {
        writable = nowWritable;
    }
}
