package io.sampo.actors.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Collects the parts of an answer that come from several coordinators and goes on when the last one is there.
/// Parts keep the order in which they were asked for. Any thread.
final class Gathering<T> {
    private final List<List<T>> parts;
    private final Consumer<List<T>> whenComplete;
    private int missing;

    Gathering(int partCount, Consumer<List<T>> whenComplete) {
        this.parts = new ArrayList<>(partCount);
        for (int i = 0; i < partCount; i++) {
            parts.add(List.of());
        }
        this.whenComplete = whenComplete;
        this.missing = partCount;
    }

    void add(int part, List<T> content) {
        List<T> all = new ArrayList<>();
        synchronized (this) {
            parts.set(part, content);
            missing--;
            if (missing > 0) {
                return;
            }
            parts.forEach(all::addAll);
        }
        whenComplete.accept(all);
    }
}
