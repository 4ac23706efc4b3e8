/// The cluster as the client reaches it: addresses, connections, versions, metadata. Knows nothing of records.
///
/// Internal: what is public here may change without notice; the API is [io.sampo.streams] and
/// [io.sampo.streams.admin].
@NullMarked
package io.sampo.streams.connection;

import org.jspecify.annotations.NullMarked;
