package io.sampo.streams.handle;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/// How work ends.
///
/// @param completion completes when the stream has ended and all work is done; fails at once with what ended it
/// @param atRest completes when no handler is under way any more, nor will be; never fails
public record WorkEnd(CompletionStage<Done> completion, CompletionStage<Done> atRest) {}
