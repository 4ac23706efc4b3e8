package io.sampo.compatibility.broker;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Programs that are not Java's and must be on the machine; a missing one is a failure that says how to get it.
public final class Tools {
    private Tools() {}

    /// The path of a program on the PATH.
    public static String program(String name) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElseThrow(() -> missing(name));
    }

    /// Debian's own Python with Debian's module `name` in it, whatever other Python is first on the PATH.
    public static String pythonWith(String name) {
        Path modules = Path.of("/usr/lib/python3/dist-packages", name);
        if (!Files.isDirectory(modules)) {
            throw missing("Debian's Python module " + name);
        }
        return "/usr/bin/python3";
    }

    /// A file of the tests that are not Java, for example `kafkajs/scenario.js`.
    public static Path testFile(String relative) {
        return Path.of(System.getProperty("basedir", "."), "src", "test")
                .resolve(relative)
                .toAbsolutePath();
    }

    public static AssertionError missing(String what) {
        return new AssertionError(what + " is missing: run .ci/install-test-tools (./sampo test does so by itself)");
    }
}
