package io.sampo.core.partition;

/// Somebody wants to know that the leader still leads before it answers from its state. The core hands the very
/// same instance back.
public interface BarrierRequest {}
