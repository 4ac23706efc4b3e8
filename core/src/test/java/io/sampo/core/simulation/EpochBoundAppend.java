package io.sampo.core.simulation;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.AppendRequest;

/// Records of a coordinator or controller on their way; they may only be written in the epoch that it belongs to.
interface EpochBoundAppend extends AppendRequest {

    int leaderEpoch();

    void completed(AppendOutcome outcome);

    @Override
    default boolean fromClient() {
        return false;
    }

    @Override
    default short acks() {
        return -1;
    }
}
