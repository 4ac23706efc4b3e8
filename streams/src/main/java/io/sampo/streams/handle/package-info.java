/// Work on deliveries: how many at a time, in which order, and what becomes of failures.
@NullMarked
package io.sampo.streams.handle;

import org.jspecify.annotations.NullMarked;
