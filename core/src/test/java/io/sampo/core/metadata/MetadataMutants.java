package io.sampo.core.metadata;

import io.sampo.core.partition.Mutation;
import java.util.Set;

/// The metadata's rules with planted bugs, for tests of all packages.
public final class MetadataMutants {
    private MetadataMutants() {}

    public static <Q> ControllerTenure<Q> tenure(
            ControllerCore core,
            MetadataImage loaded,
            int maxPendingCommands,
            int maxBatchBytes,
            Set<Mutation> planted) {
        return new ControllerTenure<>(core, loaded, maxPendingCommands, maxBatchBytes, planted);
    }
}
