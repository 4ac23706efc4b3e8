package io.sampo.persistence.log;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/// Names of a partition's files, as Kafka's: 20 digits of the base offset and a suffix.
final class SegmentFiles {
    static final String LOG = ".log";
    static final String OFFSET_INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";

    /// Removed from the log, removed from the disk later.
    static final String DELETED = ".deleted";

    /// A rewrite under way: worthless after a crash. `<base>-<end>`.
    static final String CLEANED = ".cleaned";

    /// A finished rewrite of [base, end) that takes the place of the old segments; recovery finishes it.
    static final String SWAP = ".swap";

    /// What recovery cut off as damaged, kept for people to look at.
    static final String DAMAGED = ".damaged";

    private static final int DIGITS = 20;

    private SegmentFiles() {}

    static String digits(long number) {
        return String.format(Locale.ROOT, "%0" + DIGITS + "d", number);
    }

    static Path log(Path directory, long baseOffset) {
        return directory.resolve(digits(baseOffset) + LOG);
    }

    static Path sibling(Path log, String suffix) {
        String name = String.valueOf(log.getFileName());
        return log.resolveSibling(name.substring(0, DIGITS) + suffix);
    }

    static Path rewrite(Path directory, long baseOffset, long endOffset, String suffix) {
        return directory.resolve(digits(baseOffset) + "-" + digits(endOffset) + suffix);
    }

    /// The number of a file `<20 digits><suffix>`; empty for other names.
    static OptionalLong number(String fileName, String suffix) {
        if (fileName.length() != DIGITS + suffix.length() || !fileName.endsWith(suffix)) {
            return OptionalLong.empty();
        }
        return parse(fileName.substring(0, DIGITS));
    }

    /// The end offset of a file `<base>-<end><suffix>`; empty for other names.
    static OptionalLong rewriteEnd(String fileName, String suffix) {
        if (fileName.length() != 2 * DIGITS + 1 + suffix.length() || !fileName.endsWith(suffix)) {
            return OptionalLong.empty();
        }
        return parse(fileName.substring(DIGITS + 1, 2 * DIGITS + 1));
    }

    static OptionalLong parse(String digits) {
        try {
            long number = Long.parseLong(digits);
            return number >= 0 ? OptionalLong.of(number) : OptionalLong.empty();
        } catch (NumberFormatException other) {
            return OptionalLong.empty();
        }
    }
}
