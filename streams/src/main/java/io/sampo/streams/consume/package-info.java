/// Reading as Pekko Streams: with a group, whose offsets follow the acknowledgements, or without one.
@NullMarked
package io.sampo.streams.consume;

import org.jspecify.annotations.NullMarked;
