package io.sampo.testkit.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.fetch.FetchFailure;
import io.sampo.streams.group.CommitFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The Java code of docs/streams.md and docs/streams/ is what runs in this package, and every public type
/// of the API shows an example that does. The API is the packages in [#API]; each other package of the
/// stream client says of itself that it is internal.
///
/// In a document the line `<!-- example: WritingGuideTest send -->` stands before a block and names where it is from;
/// in a docstring it is Java's own `{@snippet file="WritingGuideTest.java" region="send"}`.
class DocumentedExamplesTest {
    private static final Path HOME = home();
    private static final Path GUIDE = HOME.resolve("testkit/src/test/java/io/sampo/testkit/guide");
    private static final Path STREAMS = HOME.resolve("streams/src/main/java");
    private static final Path TESTKIT = HOME.resolve("testkit/src/main/java");

    private static final Set<String> API = Set.of("io.sampo.streams", "io.sampo.streams.admin", "io.sampo.testkit");

    /// Of internal packages, and yet what users meet: docs/streams.md names them.
    private static final List<Class<?>> TYPED_ERRORS = List.of(FetchFailure.class, CommitFailed.class);

    private static final String INTERNAL = "Internal: what is public here may change without notice; the API is";

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

    private static List<Path> javaFiles() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path sources : List.of(STREAMS, TESTKIT)) {
            try (Stream<Path> all = Files.walk(sources)) {
                all.filter(each -> each.toString().endsWith(".java")).sorted().forEach(files::add);
            }
        }
        return files;
    }

    /// `io.sampo.streams.Topic` of that file.
    private static String nameOf(Path file) {
        Path sources = file.startsWith(STREAMS) ? STREAMS : TESTKIT;
        return sources.relativize(file)
                .toString()
                .replace(".java", "")
                .replace(file.getFileSystem().getSeparator(), ".");
    }

    private static String packageOf(Path file) {
        String name = nameOf(file);
        return name.substring(0, name.lastIndexOf('.'));
    }

    /// Top-level types that an application can name.
    private static List<Path> publicTypesOfTheApi() throws IOException {
        return javaFiles().stream()
                .filter(file -> API.contains(packageOf(file)))
                .filter(file -> PUBLIC_TYPE.matcher(read(file)).find())
                .toList();
    }

    @Test
    void everyPackageIsOfTheApiOrSaysThatItIsInternal() throws IOException {
        Set<String> packages = new TreeSet<>();
        for (Path file : javaFiles()) {
            packages.add(packageOf(file));
            if (file.endsWith("package-info.java")) {
                // Wherever its lines break.
                String text = read(file).replaceAll("\\s*\\n/// ", " ");
                assertEquals(!API.contains(packageOf(file)), text.contains(INTERNAL), file::toString);
            }
        }
        assertTrue(packages.containsAll(API), packages::toString);
        for (String each : packages) {
            Path info = Path.of(each.replace('.', '/'), "package-info.java");
            assertTrue(Files.exists(STREAMS.resolve(info)) || Files.exists(TESTKIT.resolve(info)), each);
        }
    }

    @Test
    void everyPublicTypeOfTheApiShowsAnExampleThatRuns() throws IOException {
        List<String> without = new ArrayList<>();
        for (Path file : publicTypesOfTheApi()) {
            if (!SNIPPET.matcher(read(file)).find()) {
                without.add(nameOf(file));
            }
        }
        assertEquals(List.of(), without);
    }

    @Test
    void whatDocstringsShowRuns() throws IOException {
        Map<String, List<String>> regions = regions();
        for (Path file : javaFiles()) {
            Matcher snippet = SNIPPET.matcher(read(file));
            while (snippet.find()) {
                String from = snippet.group(1) + " " + snippet.group(2);
                assertTrue(regions.containsKey(from), () -> file + " shows " + from + ", which is not there");
            }
        }
    }

    @Test
    void everyExampleIsShown() throws IOException {
        Set<String> notShown = new TreeSet<>(regions().keySet());
        for (Path document : documents()) {
            Matcher block = BLOCK.matcher(read(document));
            while (block.find()) {
                notShown.remove(block.group(1) + " " + block.group(2));
            }
        }
        for (Path file : javaFiles()) {
            Matcher snippet = SNIPPET.matcher(read(file));
            while (snippet.find()) {
                notShown.remove(snippet.group(1) + " " + snippet.group(2));
            }
        }
        assertEquals(Set.of(), notShown);
    }

    /// Also those that an interface makes public without a word.
    private static void addNested(Class<?> outer, List<Class<?>> nested) {
        for (Class<?> each : outer.getDeclaredClasses()) {
            if (Modifier.isPublic(each.getModifiers())) {
                nested.add(each);
                addNested(each, nested);
            }
        }
    }

    @Test
    void everyPublicNestedTypeHasADocstring() throws Exception {
        Map<Path, Class<?>> outer = new LinkedHashMap<>();
        for (Path file : publicTypesOfTheApi()) {
            outer.put(file, Class.forName(nameOf(file)));
        }
        for (Class<?> error : TYPED_ERRORS) {
            outer.put(STREAMS.resolve(error.getName().replace('.', '/') + ".java"), error);
        }
        List<String> without = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<Path, Class<?>> each : outer.entrySet()) {
            String source = read(each.getKey());
            List<Class<?>> nested = new ArrayList<>();
            addNested(each.getValue(), nested);
            for (Class<?> type : nested) {
                // Its docstring, and perhaps annotations, stand before it.
                Pattern described = Pattern.compile(
                        "^ +///[^\\n]*\\n(?: +@[^\\n]*\\n)* +(?:[a-z-]+ )*"
                                + "(?:class|interface|enum|record|@interface) " + type.getSimpleName() + "\\b",
                        Pattern.MULTILINE);
                if (!described.matcher(source).find()) {
                    without.add(type.getName());
                }
                seen++;
            }
        }
        assertEquals(List.of(), without);
        assertTrue(seen > 10, "nested types were seen: " + seen);
    }
}
