/// Decides whether a history is one that the promises allow. Pure: no I/O, no clock.
@NullMarked
package io.sampo.chaos.checker;

import org.jspecify.annotations.NullMarked;
