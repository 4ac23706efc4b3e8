package io.sampo.config.cli;

import java.io.PrintWriter;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine;

/// How a failed command ends: one line that says what is wrong, exit code 1. Wrong usage is picocli's own exit code
/// 2.
public final class ExitCodes {
    private ExitCodes() {}

    public static int report(Exception failure, CommandLine command) {
        PrintWriter err = command.getErr();
        Throwable cause = unwrap(failure);
        err.println("sampo: " + describe(cause));
        if (System.getenv("SAMPO_STACK_TRACES") != null) {
            cause.printStackTrace(err);
        }
        err.flush();
        return 1;
    }

    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof ExecutionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof UnknownTopicOrPartitionException) {
            return "there is no such topic or partition (" + message + ")";
        }
        if (cause instanceof TimeoutException) {
            return "no answer from the broker in time (" + message
                    + "). Is it running, and is --bootstrap-server right?";
        }
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
