/// The deterministic simulator: the production replication core on a simulated network, disk and clock, under
/// faults, with the invariants of the replication design checked after every step. One seed is one run.
@NullMarked
package io.sampo.core.simulation;

import org.jspecify.annotations.NullMarked;
