/// The nodes of a run as processes, and the network between them.
@NullMarked
package io.sampo.chaos.rig;

import org.jspecify.annotations.NullMarked;
