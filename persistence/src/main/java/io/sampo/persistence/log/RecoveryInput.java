package io.sampo.persistence.log;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import java.nio.file.Path;

/// Which log to recover, and with what.
///
/// @param services of the whole store
record RecoveryInput(PartitionId id, Path directory, LogSettings settings, StoreServices services) {}
