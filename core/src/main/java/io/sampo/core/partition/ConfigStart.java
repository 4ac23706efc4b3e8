package io.sampo.core.partition;

/// From the marker of `leaderEpoch` on, `config` holds. Only markers that change the configuration have one; -1
/// stands for the configuration with which the replica was created.
public record ConfigStart(int leaderEpoch, VoterSet config) {}
