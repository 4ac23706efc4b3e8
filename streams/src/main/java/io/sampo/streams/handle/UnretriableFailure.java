package io.sampo.streams.handle;

/// Another attempt would fail in the same way.
public interface UnretriableFailure {}
