/// The partition log on disk: segments in Kafka's record-batch format, sparse indexes, meta journal, checkpoints
/// and recovery. Knows nothing of Pekko; the journal and snapshot plugins are written on top of it.
@NullMarked
package io.sampo.persistence.log;

import org.jspecify.annotations.NullMarked;
