package io.sampo.chaos.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// All operations of a run, in the order of their invocation. Immutable.
public final class History {
    private final List<Operation> operations;

    private History(List<Operation> sorted) {
        this.operations = sorted;
    }

    public static History of(Collection<? extends Operation> operations) {
        List<Operation> sorted = new ArrayList<>(operations);
        sorted.sort(Comparator.comparingLong(Operation::invokedUs).thenComparingLong(Operation::completedUs));
        return new History(List.copyOf(sorted));
    }

    public List<Operation> operations() {
        return operations;
    }

    /// Those of one kind, in the order of their invocation.
    public <T extends Operation> List<T> all(Class<T> kind) {
        List<T> found = new ArrayList<>();
        for (Operation each : operations) {
            if (kind.isInstance(each)) {
                found.add(kind.cast(each));
            }
        }
        return found;
    }

    /// Those of one kind by a key, each group in the order of invocation.
    public <K extends Comparable<? super K>, T extends Operation> Map<K, List<T>> by(
            Class<T> kind, Function<T, K> key) {
        Map<K, List<T>> groups = new TreeMap<>();
        for (T each : all(kind)) {
            groups.computeIfAbsent(key.apply(each), _ -> new ArrayList<>()).add(each);
        }
        return groups;
    }
}
