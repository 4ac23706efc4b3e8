/// Records on their way to topics: batches, their order, and one outcome for each record. Reaches brokers
/// through the port [io.sampo.streams.connection.Cluster] alone.
@NullMarked
package io.sampo.streams.produce;

import org.jspecify.annotations.NullMarked;
