/// Work on deliveries: how many at a time, in which order, and what becomes of failures.
///
/// Internal: what is public here may change without notice; the API is [io.sampo.streams] and
/// [io.sampo.streams.admin].
@NullMarked
package io.sampo.streams.handle;

import org.jspecify.annotations.NullMarked;
