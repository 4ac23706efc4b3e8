/// Records on their way to topics: batches, their order, and one outcome for each record. Reaches brokers
/// through the port [io.sampo.streams.connection.Cluster] alone.
///
/// Internal: what is public here may change without notice; the API is [io.sampo.streams] and
/// [io.sampo.streams.admin].
@NullMarked
package io.sampo.streams.produce;

import org.jspecify.annotations.NullMarked;
