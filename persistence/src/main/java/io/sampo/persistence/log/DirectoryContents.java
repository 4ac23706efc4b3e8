package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/// The files of a partition directory, after what a crash left half done was finished or thrown away: rewrites,
/// removed segments, files written beside others.
record DirectoryContents(List<Long> baseOffsets, List<Long> checkpoints) {

    static DirectoryContents tidy(Path directory, FileOps files) throws IOException {
        TreeSet<Long> baseOffsets = new TreeSet<>();
        List<Long> checkpoints = new ArrayList<>();
        List<Path> swaps = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (name.endsWith(SegmentFiles.LOG)) {
                    SegmentFiles.number(name, SegmentFiles.LOG).ifPresent(baseOffsets::add);
                } else if (name.endsWith(CheckpointFile.SUFFIX)) {
                    CheckpointFile.sequenceNrOf(name).ifPresent(checkpoints::add);
                } else if (name.endsWith(SegmentFiles.SWAP)) {
                    swaps.add(entry);
                } else if (name.endsWith(SegmentFiles.DELETED)
                        || name.endsWith(SegmentFiles.CLEANED)
                        || name.endsWith(".tmp")) {
                    Files.deleteIfExists(entry);
                }
            }
        }
        for (Path swap : swaps) {
            finishSwap(directory, swap, baseOffsets);
        }
        if (!swaps.isEmpty()) {
            DurableFiles.syncDirectory(files, directory);
        }
        return new DirectoryContents(List.copyOf(baseOffsets), checkpoints);
    }

    private static void finishSwap(Path directory, Path swap, TreeSet<Long> baseOffsets) throws IOException {
        String name = String.valueOf(swap.getFileName());
        OptionalLong end = SegmentFiles.rewriteEnd(name, SegmentFiles.SWAP);
        OptionalLong base = SegmentFiles.parse(name.substring(0, name.indexOf('-') < 0 ? 0 : name.indexOf('-')));
        if (end.isEmpty() || base.isEmpty()) {
            return;
        }
        long baseOffset = base.getAsLong();
        for (long replaced : List.copyOf(baseOffsets.subSet(baseOffset, end.getAsLong()))) {
            if (replaced != baseOffset) {
                Files.deleteIfExists(SegmentFiles.log(directory, replaced));
                baseOffsets.remove(replaced);
            }
            deleteIndexes(SegmentFiles.log(directory, replaced));
        }
        Path log = SegmentFiles.log(directory, baseOffset);
        Files.move(swap, log, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        baseOffsets.add(baseOffset);
    }

    static void deleteIndexes(Path log) throws IOException {
        Files.deleteIfExists(SegmentFiles.sibling(log, SegmentFiles.OFFSET_INDEX));
        Files.deleteIfExists(SegmentFiles.sibling(log, SegmentFiles.TIME_INDEX));
    }
}
