package io.sampo.streams;

import io.sampo.streams.connection.Backoff;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.RestartSettings;
import org.apache.pekko.stream.javadsl.RestartSource;
import org.apache.pekko.stream.javadsl.Source;

/// When a consumption that has failed begins anew by itself: only when what ended it may pass. That is what
/// Kafka calls retriable (no leader, a timeout), a broken connection, or a fault within the broker. Not that a
/// handler failed for the last time ([Retry] decides there), a record that cannot be decoded, missing
/// authorization or a feature that is missing: these end it.
///
/// Before it begins anew the group is left and every handler that is under way has returned, so that order
/// holds. What was not committed is handled again.
///
/// What a client mends within its connections, its fetches and its membership (a broker that went away and came
/// back, a new leader or coordinator, a session that was lost) is no failure, and does not count here.
///
/// {@snippet file="RunningGuideTest.java" region="restart"}
///
/// @param firstPause before the first restart; doubles from failure to failure, 20 % more or less by chance
/// @param longestPause bound of the pauses, that chance included; those of [#source] may be a fifth longer
/// @param maxRestarts in a row, that is without a run of [#HEALTHY] (or of `longestPause`, when that is longer)
///     between them, after which pauses are short again, too; [Integer#MAX_VALUE]: without end
public record Restart(Duration firstPause, Duration longestPause, int maxRestarts) {

    /// A run as long as this has nothing to do with the failure before it.
    public static final Duration HEALTHY = Duration.ofMinutes(1);

    /// Of a stream of one's own: pauses are up to a fifth longer, by chance.
    private static final double PAUSE_SPREAD = 0.2;

    public Restart {
        if (firstPause.isNegative() || longestPause.compareTo(firstPause) < 0 || maxRestarts < 0) {
            throw new IllegalArgumentException("pauses from " + firstPause + " to " + longestPause + ", " + maxRestarts
                    + " restarts: pauses must not be negative nor shrink, and restarts not be negative");
        }
    }

    /// Every failure ends the consumption.
    public static Restart never() {
        return new Restart(Duration.ZERO, Duration.ZERO, 0);
    }

    /// Again and again, with pauses that double; see [#max].
    public static Restart exponential(Duration firstPause, Duration longestPause) {
        return new Restart(firstPause, longestPause, Integer.MAX_VALUE);
    }

    /// @param restarts in a row
    public Restart max(int restarts) {
        return new Restart(firstPause, longestPause, restarts);
    }

    /// A stream that begins anew by the same rules, for one's own streams of [Topic#source] and
    /// [Topic#partitions], which do not by themselves. It ends as its last run does.
    ///
    /// What a failed run has handed out may still be worked on when the next one is handed it again: nothing waits
    /// for the work behind a stream. Where that matters use [Topic#consume].
    ///
    /// {@snippet file="RunningGuideTest.java" region="restarted-source"}
    ///
    /// @param each gives the source of each run
    public <T> Source<T, NotUsed> source(Supplier<? extends Source<T, ?>> each) {
        return RestartSource.onFailuresWithBackoff(
                RestartSettings.create(firstPause, longestPause, PAUSE_SPREAD)
                        .withMaxRestarts(maxRestarts, Duration.ofMillis(healthyMs()))
                        .withRestartOn(PassingFailures::mayPass),
                each::get);
    }

    private long healthyMs() {
        return Math.max(HEALTHY.toMillis(), longestPause.toMillis());
    }

    /// Whether a run of this length was a healthy one.
    boolean isHealthy(long ranMs) {
        return ranMs >= healthyMs();
    }

    /// The pause before the next run, in milliseconds; empty when there is to be none.
    ///
    /// @param failures in a row, at least 1
    /// @param random in [0, 1)
    OptionalLong pauseMs(int failures, double random) {
        return failures > maxRestarts
                ? OptionalLong.empty()
                : OptionalLong.of(
                        new Backoff(firstPause.toMillis(), longestPause.toMillis()).delayMs(failures, random));
    }
}
