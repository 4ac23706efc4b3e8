package io.sampo.streams;

import io.sampo.streams.fetch.FetchFailure;
import io.sampo.streams.handle.UnretriableFailure;
import java.io.IOException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.jspecify.annotations.Nullable;

/// Which failures of a consumption time may heal, as [Restart] says. The outermost that tells decides.
final class PassingFailures {
    private PassingFailures() {}

    static boolean mayPass(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            Boolean passes = passes(each);
            if (passes != null) {
                return passes;
            }
        }
        return false;
    }

    /// @return null when its cause has to tell
    private static @Nullable Boolean passes(Throwable failure) {
        return switch (failure) {
            // A handler that failed had its attempts, whatever it failed by.
            case HandlerFailed _ -> false;
            case UnsupportedFeature _ -> false;
            case FetchFailure.Refused _ -> null;
            case FetchFailure _ -> false;
            case ApiException _ -> failure instanceof RetriableException || failure instanceof UnknownServerException;
            case IOException _ -> true;
            default -> failure instanceof UnretriableFailure ? false : null;
        };
    }
}
