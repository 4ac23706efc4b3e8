/// The Java stream client: topics as Pekko Streams, for Sampo and any broker that speaks Kafka's protocol.
@NullMarked
package io.sampo.streams;

import org.jspecify.annotations.NullMarked;
