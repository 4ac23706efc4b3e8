package io.sampo.core.metadata;

import java.util.List;

/// What the controller makes of a command.
///
/// @param records to be written as one batch, all or none; empty: nothing changes
/// @param response to be given once the records are committed
public record Decision<R>(List<MetadataRecord> records, R response) {
    public Decision {
        records = List.copyOf(records);
    }
}
