/// Founding and joining a cluster: the actor around the rules of `core.cluster`, and what it says over the network.
@NullMarked
package io.sampo.actors.bootstrap;

import org.jspecify.annotations.NullMarked;
