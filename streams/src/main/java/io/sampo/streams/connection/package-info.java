/// The cluster as the client reaches it: addresses, connections, versions, metadata. Knows nothing of records.
@NullMarked
package io.sampo.streams.connection;

import org.jspecify.annotations.NullMarked;
