/// Log compaction (`cleanup.policy=compact`): the last record of each key survives, everything keeps its offset.
@NullMarked
package io.sampo.persistence.compaction;

import org.jspecify.annotations.NullMarked;
