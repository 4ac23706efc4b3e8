package io.sampo.chaos.history;

/// What the process that invoked an operation knows of it.
public enum Outcome {
    /// Done.
    OK,
    /// Certainly not done.
    FAIL,
    /// Unknown: it may have happened, once.
    INFO
}
