/// Reading as Pekko Streams: with a group, whose offsets follow the acknowledgements, or without one.
///
/// Internal: what is public here may change without notice; the API is [io.sampo.streams] and
/// [io.sampo.streams.admin].
@NullMarked
package io.sampo.streams.consume;

import org.jspecify.annotations.NullMarked;
