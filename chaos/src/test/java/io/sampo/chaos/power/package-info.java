@NullMarked
package io.sampo.chaos.power;

import org.jspecify.annotations.NullMarked;
