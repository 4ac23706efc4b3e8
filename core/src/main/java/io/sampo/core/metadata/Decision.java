package io.sampo.core.metadata;

import java.util.List;

/// What the controller makes of a command.
///
/// @param records to be written as one batch, all or none; empty: nothing changes
/// @param response to be given once the records are committed
/// @param warnings what the cluster's operator should know, for the log
public record Decision<R>(List<MetadataRecord> records, R response, List<String> warnings) {
    public Decision {
        records = List.copyOf(records);
        warnings = List.copyOf(warnings);
    }

    public Decision(List<MetadataRecord> records, R response) {
        this(records, response, List.of());
    }
}
