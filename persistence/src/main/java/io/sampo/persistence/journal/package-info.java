/// Pekko Persistence's journal and snapshot plugins over the partition logs, and the group commit beneath them.
@NullMarked
package io.sampo.persistence.journal;

import org.jspecify.annotations.NullMarked;
