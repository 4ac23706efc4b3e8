package io.sampo.streams.fetch;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.kafka.common.config.ConfigException;

/// Where to go on when a position is not in the log any more: `auto.offset.reset`.
///
/// @param kind what the policy says
/// @param backMs for [Kind#BY_DURATION]: how far before now, in milliseconds; otherwise 0
public record ResetPolicy(Kind kind, long backMs) {

    /// The four answers that Kafka knows.
    public enum Kind {
        EARLIEST,
        LATEST,
        BY_DURATION,
        NONE
    }

    public static final ResetPolicy EARLIEST = new ResetPolicy(Kind.EARLIEST, 0);
    public static final ResetPolicy LATEST = new ResetPolicy(Kind.LATEST, 0);
    public static final ResetPolicy NONE = new ResetPolicy(Kind.NONE, 0);

    /// @param text `earliest`, `latest`, `none` or `by_duration:` with an ISO-8601 duration such as `PT1H`
    /// @throws ConfigException when it is anything else
    public static ResetPolicy parse(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT);
        if (word.startsWith("by_duration:")) {
            return byDuration(text, word.substring("by_duration:".length()));
        }
        return switch (word) {
            case "earliest" -> EARLIEST;
            case "latest" -> LATEST;
            case "none" -> NONE;
            default -> throw refuse(text);
        };
    }

    private static ResetPolicy byDuration(String text, String duration) {
        try {
            Duration back = Duration.parse(duration);
            if (back.isNegative()) {
                throw refuse(text);
            }
            return new ResetPolicy(Kind.BY_DURATION, back.toMillis());
        } catch (java.time.DateTimeException | ArithmeticException _) {
            throw refuse(text);
        }
    }

    private static ConfigException refuse(String text) {
        return new ConfigException(
                "auto.offset.reset", text, "must be earliest, latest, none or by_duration:<ISO-8601 duration>");
    }

    /// The timestamp to look up, as ListOffsets takes it; empty when nothing may be skipped or read again.
    OptionalLong timestamp(long nowMs) {
        return switch (kind) {
            case EARLIEST -> OptionalLong.of(Lookup.EARLIEST);
            case LATEST -> OptionalLong.of(Lookup.LATEST);
            case BY_DURATION -> OptionalLong.of(Math.max(0, nowMs - backMs));
            case NONE -> OptionalLong.empty();
        };
    }
}
