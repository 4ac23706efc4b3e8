/// What a node knows of the others and says to them: who is there, who leads what, and the control messages of
/// replicas.
@NullMarked
package io.sampo.actors.cluster;

import org.jspecify.annotations.NullMarked;
