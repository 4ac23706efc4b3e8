package io.sampo.core.produce;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.sampo.core.partition.AppendOutcome;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/// What tests of the validator share: the settings that they vary, and the two ways a validation ends.
final class Validations {
    /// The version of Produce that the batches come with.
    static final short VERSION = 12;
    static final ProduceSettings DEFAULTS = ProduceSettings.DEFAULTS;

    private Validations() {}

    static ProduceSettings settings(
            boolean keyRequired,
            TimestampType type,
            long beforeMaxMs,
            long afterMaxMs,
            @Nullable Compression compression,
            boolean checkEveryRecord) {
        return new ProduceSettings(
                1 << 20,
                Integer.MAX_VALUE,
                keyRequired,
                type,
                beforeMaxMs,
                afterMaxMs,
                compression,
                checkEveryRecord,
                DecompressionLimits.DEFAULTS);
    }

    static Validation.Accepted accepted(Validation validation) {
        return assertInstanceOf(Validation.Accepted.class, validation, () -> "got " + validation);
    }

    static AppendOutcome refused(Validation validation) {
        return assertInstanceOf(Validation.Refused.class, validation, () -> "got " + validation)
                .outcome();
    }
}
