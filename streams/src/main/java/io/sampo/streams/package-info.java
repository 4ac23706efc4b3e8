/// The Java stream client API: topics as Pekko Streams. It will stand on `tcp`'s client side and know nothing of
/// the broker.
@NullMarked
package io.sampo.streams;

import org.jspecify.annotations.NullMarked;
