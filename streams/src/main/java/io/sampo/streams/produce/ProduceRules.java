package io.sampo.streams.produce;

/// The settings that the rules of sending need, in numbers.
///
/// @param maxInFlight requests per node that wait for their answer
/// @param retries of one batch; the deadline comes first by default
record ProduceRules(
        boolean idempotence,
        int maxInFlight,
        int retries,
        int maxRequestBytes,
        long deliveryTimeoutMs,
        long requestTimeoutMs,
        long retryBackoffMs,
        long retryBackoffMaxMs) {}
