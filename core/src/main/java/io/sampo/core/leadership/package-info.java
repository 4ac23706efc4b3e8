/// Where leadership should be: the node of a placement group, the successor of a leader that stops, and how many of
/// them give it away at a time. Hints only: who may write is decided by the quorum of each partition.
@NullMarked
package io.sampo.core.leadership;

import org.jspecify.annotations.NullMarked;
