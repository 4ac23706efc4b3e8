package io.sampo.core.group;

import org.apache.kafka.common.protocol.ApiMessage;

/// The answer to one request.
///
/// @param requestId of the [Caller]
/// @param response body of the API's response, with the part that is this coordinator's
public record Reply(long requestId, ApiMessage response) {}
