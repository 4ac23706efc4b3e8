/// Cluster Sharding of the partitions' actors: where they live, and how they are started.
@NullMarked
package io.sampo.actors.sharding;

import org.jspecify.annotations.NullMarked;
