package io.sampo.chaos.checker;

import io.sampo.chaos.history.HistoryFormat;
import io.sampo.chaos.history.Operation;
import java.util.List;
import java.util.stream.Collectors;

/// One broken promise.
///
/// @param check name of the check that found it
/// @param message what is wrong, with values and offsets
/// @param evidence the operations that show it
public record Violation(String check, String message, List<Operation> evidence) {
    private static final int LONGEST_LINE = 300;

    /// The message, and each operation of the evidence on a line of its own, long ones cut.
    @Override
    public String toString() {
        return check + ": " + message
                + evidence.stream()
                        .map(HistoryFormat::format)
                        .map(line -> line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "...")
                        .map(line -> "\n    " + line.replace('\t', ' '))
                        .collect(Collectors.joining());
    }
}
