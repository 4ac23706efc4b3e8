/// What a fetch may read, how much of it and in which order, and how offsets are found by time or epoch: the rules
/// of Fetch with its sessions (KIP-227), ListOffsets and OffsetForLeaderEpoch.
@NullMarked
package io.sampo.core.fetch;

import org.jspecify.annotations.NullMarked;
