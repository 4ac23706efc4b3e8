package io.sampo.streams.consume;

import java.util.List;

/// Partitions that are to be given up when nothing of them is out any more and their offsets are committed.
///
/// @param done tells the group
record Revocation(List<Owned> partitions, Runnable done) {

    boolean isDrained() {
        return partitions.stream().allMatch(owned -> owned.outstanding() == 0);
    }
}
