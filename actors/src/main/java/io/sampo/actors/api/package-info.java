/// The API handlers: a Kafka request becomes questions to the partitions, and their answers a Kafka response.
@NullMarked
package io.sampo.actors.api;

import org.jspecify.annotations.NullMarked;
