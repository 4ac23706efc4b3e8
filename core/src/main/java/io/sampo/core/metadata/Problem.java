package io.sampo.core.metadata;

import org.apache.kafka.common.protocol.Errors;

/// Why a part of a request is refused.
record Problem(Errors error, String message) {}
