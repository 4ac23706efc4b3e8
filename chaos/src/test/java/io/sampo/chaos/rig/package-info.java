@NullMarked
package io.sampo.chaos.rig;

import org.jspecify.annotations.NullMarked;
