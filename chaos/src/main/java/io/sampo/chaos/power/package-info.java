/// Loss of power without a machine to lose: which bytes of a node's files are not on disk yet, and taking them
/// away.
@NullMarked
package io.sampo.chaos.power;

import org.jspecify.annotations.NullMarked;
