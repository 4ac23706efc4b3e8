package io.sampo.streams;

import java.util.Optional;

/// How often a consumption has begun anew.
///
/// {@snippet file="RunningGuideTest.java" region="restart"}
///
/// @param count since it was started
/// @param lastFailure what ended the run before; also when the next one has not begun yet
public record Restarts(long count, Optional<Throwable> lastFailure) {
    static final Restarts NONE = new Restarts(0, Optional.empty());
}
