package io.sampo.streams.produce;

import io.sampo.streams.Sent;

/// A record that was acknowledged, and what came along with it.
public record ProducerResult<P>(Sent sent, P passthrough) {}
