/// The actors of a partition: the replica that is pinned to its disk, and the leader that moves.
@NullMarked
package io.sampo.actors.partition;

import org.jspecify.annotations.NullMarked;
