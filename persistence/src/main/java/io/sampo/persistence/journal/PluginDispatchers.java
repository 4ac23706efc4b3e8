package io.sampo.persistence.journal;

import org.apache.pekko.dispatch.ExecutionContexts;
import scala.concurrent.ExecutionContext;

/// Dispatchers that the reference configuration of this module defines.
public final class PluginDispatchers {
    /// For calls that wait for the disk: recovery, checkpoints.
    public static final String BLOCKING_IO = "sampo.blocking-io-dispatcher";

    /// Replicas and their journal plugins, so that a write and its answer stay on one thread.
    public static final String REPLICA = "sampo.replica-dispatcher";

    /// Runs a continuation where its future completes; for those that only carry a value on.
    static final ExecutionContext SAME_THREAD = ExecutionContexts.fromExecutor(Runnable::run);

    private PluginDispatchers() {}
}
