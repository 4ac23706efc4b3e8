package io.sampo.chaos.stream;

import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.stream.Account.Told;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a run leaves: `verdict.txt`, empty when all promises were kept, and `account.txt` with all that the
/// clients told.
final class Evidence {
    private Evidence() {}

    static void write(Path directory, Told told, List<Violation> broken) throws IOException {
        Files.write(
                directory.resolve("verdict.txt"),
                broken.stream().map(Violation::toString).toList());
        try (BufferedWriter out = Files.newBufferedWriter(directory.resolve("account.txt"))) {
            for (var each : told.handled()) {
                line(out, "handled " + each.atMs() + " ms " + each.member() + " " + each.item() + " " + each.spot());
            }
            for (var each : told.acknowledged().entrySet()) {
                line(out, "acknowledged " + each.getKey() + " " + each.getValue());
            }
            for (var each : told.written()) {
                line(out, "written " + each.item() + " " + each.spot());
            }
            line(out, "ends " + told.ends());
            line(out, "committed " + told.committed());
        }
    }

    private static void line(BufferedWriter out, String line) throws IOException {
        out.write(line);
        out.newLine();
    }
}
