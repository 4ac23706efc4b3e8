package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A crash at each step of the exchange that ends a compaction: written, whole under its `.swap` name, the old
/// segments renamed one by one, the new one under its own name.
class RewriteCrashTest {
    private static final int REPLACED = 4;

    @TempDir
    private Path path;

    private Path before;
    private Path content;
    private long end;
    private List<Path> replaced;

    @BeforeEach
    void rewriteFourSegments() throws IOException {
        before = path.resolve("before");
        Path data = path.resolve("data");
        try (LogFixture fixture = new LogFixture(data, LogFixture.settings(1024, 256))) {
            fixture.appendBatches(100, 1);
            fixture.writeCheckpoint();
            List<SegmentView> segments = fixture.log.segments();
            end = segments.get(REPLACED - 1).endOffset();
            copy(data, before);
            replaced = segments.subList(0, REPLACED).stream()
                    .map(segment -> SegmentFiles.log(Path.of(""), segment.baseOffset()))
                    .toList();
            try (SegmentRewrite rewrite = fixture.log.rewrite(0, end)) {
                for (long offset = 0; offset < end; offset += 2) {
                    rewrite.append(Objects.requireNonNull(
                            batch(offset, 0, record(offset, "value-" + offset)).bytes()));
                }
                rewrite.commit();
            }
            content = path.resolve("content");
            Files.copy(SegmentFiles.log(fixture.partition(), 0), content);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    private interface Step {
        void apply(Path partition) throws IOException;
    }

    private void assertRecovers(String name, boolean rewritten, Step step) throws IOException {
        Path data = path.resolve(name);
        copy(before, data);
        step.apply(data.resolve(LogFixture.TOPIC + "-" + LogFixture.ID.partition()));
        List<String> expected = new ArrayList<>();
        LongStream.range(0, 100)
                .filter(offset -> !rewritten || offset >= end || offset % 2 == 0)
                .forEach(offset -> expected.add(offset + ":value-" + offset));
        try (LogFixture fixture = new LogFixture(data, LogFixture.settings(1024, 256))) {
            assertEquals(expected, fixture.readAll(), name);
            assertEquals(100, fixture.log.highestSequenceNr(), name);
            assertEquals(List.of(), leftovers(fixture.partition()), name);
            fixture.appendValues("value-100");
            fixture.reopenAfterKill();
            expected.add("100:value-100");
            assertEquals(expected, fixture.readAll(), name);
            assertTrue(fixture.checkClosedSegments().isEmpty(), name);
        }
    }

    private static List<String> leftovers(Path partition) throws IOException {
        try (Stream<Path> files = Files.list(partition)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(SegmentFiles.SWAP)
                            || name.endsWith(SegmentFiles.CLEANED)
                            || name.endsWith(SegmentFiles.DELETED))
                    .toList();
        }
    }

    private void swap(Path partition) throws IOException {
        Files.copy(content, SegmentFiles.rewrite(partition, 0, end, SegmentFiles.SWAP));
    }

    private void rename(Path partition, int count, boolean indexesToo) throws IOException {
        for (int i = 0; i < count; i++) {
            Path log = partition.resolve(replaced.get(i).toString());
            Files.move(log, SegmentFiles.sibling(log, "." + (i + 1) + SegmentFiles.DELETED));
            if (indexesToo || i < count - 1) {
                DirectoryContents.deleteIndexes(log);
            }
        }
    }

    @Test
    void whatIsNotWholeIsThrownAway() throws IOException {
        byte[] whole = Files.readAllBytes(content);
        for (int length : new int[] {0, 1, whole.length / 2, whole.length}) {
            assertRecovers(
                    "cleaned-" + length,
                    false,
                    partition -> Files.write(
                            SegmentFiles.rewrite(partition, 0, end, SegmentFiles.CLEANED),
                            java.util.Arrays.copyOf(whole, length)));
        }
    }

    @Test
    void whatIsWholeIsPutInPlaceHoweverFarTheExchangeCame() throws IOException {
        for (int count = 0; count <= REPLACED; count++) {
            int renamed = count;
            for (boolean indexesToo : new boolean[] {false, true}) {
                assertRecovers("swap-" + renamed + indexesToo, true, partition -> {
                    swap(partition);
                    rename(partition, renamed, indexesToo);
                });
            }
        }
    }

    @Test
    void anExchangeThatOnlyHadToRemoveTheOldSegmentsIsWhole() throws IOException {
        assertRecovers("named", true, partition -> {
            rename(partition, REPLACED, true);
            Files.copy(content, SegmentFiles.log(partition, 0));
        });
    }

    @Test
    void aCrashOfTheRecoveryItselfChangesNothing() throws IOException {
        // recovery removes the replaced segments behind the first, then moves the new one over that
        for (int count = 1; count < REPLACED; count++) {
            int removed = count;
            assertRecovers("recovery-" + removed, true, partition -> {
                swap(partition);
                for (int i = 1; i <= removed; i++) {
                    Files.delete(partition.resolve(replaced.get(i).toString()));
                }
            });
        }
    }
}
