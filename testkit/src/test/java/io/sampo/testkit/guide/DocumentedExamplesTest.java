package io.sampo.testkit.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The Java code of docs/streams.md and docs/streams/ is what runs in this package, and every public type of the
/// stream client shows an example that does.
///
/// In a document the line `<!-- example: WritingGuideTest send -->` stands before a block and names where it is from;
/// in a docstring it is Java's own `{@snippet file="WritingGuideTest.java" region="send"}`.
class DocumentedExamplesTest {
    private static final Path HOME = home();
    private static final Path GUIDE = HOME.resolve("testkit/src/test/java/io/sampo/testkit/guide");
    private static final Path STREAMS = HOME.resolve("streams/src/main/java/io/sampo/streams");

    private static final Pattern REGION =
            Pattern.compile("// @start region=\"([\\w-]+)\"\\n(.*?)// @end", Pattern.DOTALL);
    private static final Pattern BLOCK =
            Pattern.compile("(?:<!-- example: (\\w+) ([\\w-]+) -->\\n)?```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern SNIPPET =
            Pattern.compile("\\{@snippet file=\"(\\w+)\\.java\" region=\"([\\w-]+)\"\\s*}");
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^public (?:sealed |final |abstract )*(?:class|interface|enum|record|@interface) \\w+", Pattern.MULTILINE);

    private static Path home() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("docs/streams.md"))) {
            directory = directory.getParent();
        }
        return directory;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// The lines that say something, without what stands in front of them: documents need not be indented as code is.
    private static List<String> lines(String code) {
        return code.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    /// By class and region.
    private static Map<String, List<String>> regions() throws IOException {
        Map<String, List<String>> regions = new HashMap<>();
        try (Stream<Path> files = Files.list(GUIDE)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                Matcher matcher = REGION.matcher(read(file));
                while (matcher.find()) {
                    regions.put(name + " " + matcher.group(1), lines(matcher.group(2)));
                }
            }
        }
        assertFalse(regions.isEmpty());
        return regions;
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(HOME.resolve("docs/streams.md")));
        try (Stream<Path> pages = Files.list(HOME.resolve("docs/streams"))) {
            pages.sorted().forEach(documents::add);
        }
        return documents;
    }

    @Test
    void theDocumentsShowWhatRuns() throws IOException {
        Map<String, List<String>> regions = regions();
        for (Path document : documents()) {
            Matcher block = BLOCK.matcher(read(document));
            while (block.find()) {
                String shown = block.group(3);
                assertTrue(block.group(1) != null, () -> document + " does not say where this is from:\n" + shown);
                String from = block.group(1) + " " + block.group(2);
                assertEquals(regions.get(from), lines(shown), () -> document + ", " + from);
            }
        }
    }

    private static List<Path> publicFiles() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path directory : List.of(STREAMS, STREAMS.resolve("admin"))) {
            try (Stream<Path> all = Files.list(directory)) {
                all.filter(each -> each.toString().endsWith(".java")).sorted().forEach(files::add);
            }
        }
        return files;
    }

    @Test
    void everyPublicTypeShowsAnExampleThatRuns() throws IOException {
        Map<String, List<String>> regions = regions();
        List<String> without = new ArrayList<>();
        for (Path file : publicFiles()) {
            String source = read(file);
            if (!PUBLIC_TYPE.matcher(source).find()) {
                continue;
            }
            Matcher snippet = SNIPPET.matcher(source);
            boolean shows = false;
            while (snippet.find()) {
                String from = snippet.group(1) + " " + snippet.group(2);
                assertTrue(regions.containsKey(from), () -> file + " shows " + from + ", which is not there");
                shows = true;
            }
            if (!shows) {
                without.add(file.getFileName().toString());
            }
        }
        assertEquals(List.of(), without);
    }
}
