package io.sampo.streams;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// What becomes of a record whose handler fails. While it waits to be tried again those that must not overtake it
/// wait too ([Ordering]); others go on.
///
/// {@snippet file="ConsumingGuideTest.java" region="retry"}
///
/// @param firstPause before the second attempt; doubles from attempt to attempt, 20 % more or less by
///     chance
/// @param longestPause where the doubling ends; by that chance a pause may be 20 % longer
/// @param maxAttempts the first one included; [Integer#MAX_VALUE]: without end
/// @param then what follows the last attempt
public record Retry(Duration firstPause, Duration longestPause, int maxAttempts, Then then) {

    /// After the last attempt.
    public sealed interface Then {
        /// The consumption ends with the handler's failure; nothing is lost, and nothing goes on.
        record Stop() implements Then {}

        /// It is logged and counted as done.
        record Skip() implements Then {}

        /// It is written to another topic, as it came, with headers that say from where and why; it counts as
        /// done when that is acknowledged.
        record DeadLetter(String topic) implements Then {}
    }

    /// Pauses may differ from what the rule says by this part, so that clients do not come back all at once.
    static final double JITTER = 0.2;

    public Retry {
        if (firstPause.isNegative() || longestPause.compareTo(firstPause) < 0 || maxAttempts < 1) {
            throw new IllegalArgumentException("pauses from " + firstPause + " to " + longestPause + ", " + maxAttempts
                    + " attempts: pauses must not be negative nor shrink, and there is at least one attempt");
        }
    }

    /// One attempt; its failure ends the consumption.
    public static Retry never() {
        return new Retry(Duration.ZERO, Duration.ZERO, 1, new Then.Stop());
    }

    /// Again and again, with pauses that double; see [#max].
    ///
    /// @param firstPause before the second attempt; not negative
    /// @param longestPause not shorter than the first
    /// @throws IllegalArgumentException when one of them is
    public static Retry exponential(Duration firstPause, Duration longestPause) {
        return new Retry(firstPause, longestPause, Integer.MAX_VALUE, new Then.Stop());
    }

    /// @param attempts the first one included; at least 1
    /// @throws IllegalArgumentException when it is less
    public Retry max(int attempts) {
        return new Retry(firstPause, longestPause, attempts, then);
    }

    /// After the last attempt the consumption ends: [Running#completion] fails with a [HandlerFailed], or
    /// with the [UndecodableRecord] itself. The record is not committed, and comes again. The default.
    ///
    /// {@snippet file="ConsumingGuideTest.java" region="then-stop"}
    public Retry thenStop() {
        return new Retry(firstPause, longestPause, maxAttempts, new Then.Stop());
    }

    /// After the last attempt the record is logged as an error, counts as done and is committed: nobody
    /// handles it again.
    ///
    /// {@snippet file="ConsumingGuideTest.java" region="then-skip"}
    public Retry thenSkip() {
        return new Retry(firstPause, longestPause, maxAttempts, new Then.Skip());
    }

    /// After the last attempt the record is written to another topic: its bytes, headers and timestamp, and
    /// the headers `sampo.dead.topic`, `.partition`, `.offset`, `.attempts` and `.failure`. It counts as
    /// done when that is acknowledged. When it cannot be written the consumption fails with the reason.
    ///
    /// {@snippet file="ConsumingGuideTest.java" region="retry"}
    ///
    /// @param topic of the same cluster
    public Retry thenDeadLetter(String topic) {
        return new Retry(firstPause, longestPause, maxAttempts, new Then.DeadLetter(topic));
    }

    Optional<String> deadLetterTopic() {
        return then instanceof Then.DeadLetter deadLetter ? Optional.of(deadLetter.topic()) : Optional.empty();
    }

    /// The pause after this many failed attempts, in milliseconds; empty when there is to be no further one.
    ///
    /// @param failedAttempts at least 1
    /// @param random in [0, 1)
    public OptionalLong pauseMs(int failedAttempts, double random) {
        if (failedAttempts >= maxAttempts) {
            return OptionalLong.empty();
        }
        int doublings = Math.min(failedAttempts - 1, Long.SIZE - 2);
        long first = firstPause.toMillis();
        long longest = longestPause.toMillis();
        long pause = first == 0 || first > longest >> doublings ? (first == 0 ? 0 : longest) : first << doublings;
        return OptionalLong.of(Math.round(pause * (1 - JITTER + 2 * JITTER * random)));
    }
}
