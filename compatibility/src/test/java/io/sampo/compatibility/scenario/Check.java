package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Assertions without a test library, each with a deadline where it waits.
public final class Check {
    private Check() {}

    public static void that(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    public static void equal(@Nullable Object expected, @Nullable Object actual, String what) {
        if (!Objects.deepEquals(expected, actual)) {
            throw new AssertionError(what + ": expected <" + expected + "> but was <" + actual + ">");
        }
    }

    /// Asks again and again until `condition` holds; an exception that it throws counts as "not yet".
    public static void eventually(Duration deadline, String what, Callable<Boolean> condition) {
        long endNanos = System.nanoTime() + deadline.toNanos();
        Throwable last = null;
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception | AssertionError e) {
                last = e;
            }
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("not within " + deadline + ": " + what, last);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(what, e);
            }
        }
    }

    /// The value of a key that must be there.
    public static <K, V> V at(Map<K, V> map, K key) {
        V value = map.get(key);
        if (value == null) {
            throw new AssertionError("nothing for " + key + " in " + map);
        }
        return value;
    }

    /// The result of a client's future within 30 s; the cause of its failure is thrown as it is.
    public static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /// The exception that `future` ends with, which must be of this kind.
    public static <E extends Throwable> E fails(Class<E> kind, Future<?> future) throws Exception {
        try {
            Object result = future.get(30, TimeUnit.SECONDS);
            throw new AssertionError("expected " + kind.getSimpleName() + " but got the result " + result);
        } catch (ExecutionException e) {
            if (!kind.isInstance(e.getCause())) {
                throw new AssertionError("expected " + kind.getSimpleName() + " but failed with", e.getCause());
            }
            return kind.cast(e.getCause());
        }
    }
}
