package io.sampo.persistence.log;

import java.io.IOException;

/// Damage was found that other replicas can make good; the intent to cut it is in the journal: recover again.
final class DamagedTailException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedTailException(CorruptLogException damage) {
        super(damage.getMessage(), damage);
    }
}
