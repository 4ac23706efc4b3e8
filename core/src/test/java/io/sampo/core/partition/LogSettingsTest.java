package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LogSettingsTest {

    @Test
    void internalTopicsAndTheMetadataLogAreSyncedWhateverIsSet() {
        assertTrue(LogSettings.isAlwaysSynced("__consumer_offsets"));
        assertTrue(LogSettings.isAlwaysSynced("__transaction_state"));
        assertTrue(LogSettings.isAlwaysSynced("__cluster_metadata"));
        assertFalse(LogSettings.isAlwaysSynced("orders"));
    }
}
