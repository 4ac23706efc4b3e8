@NullMarked
package io.sampo.chaos.scale;

import org.jspecify.annotations.NullMarked;
