/// How nodes behave that hold thousands of partitions.
@NullMarked
package io.sampo.chaos.scale;

import org.jspecify.annotations.NullMarked;
