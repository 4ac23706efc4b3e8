/// The connections between nodes that carry replica traffic: who asks dials, who answers answers on the same
/// connection (docs/adr/0013).
@NullMarked
package io.sampo.tcp.replication;

import org.jspecify.annotations.NullMarked;
