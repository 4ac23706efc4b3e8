/// `./sampo chaos`: runs, their tables, and the measurement of failovers.
@NullMarked
package io.sampo.chaos;

import org.jspecify.annotations.NullMarked;
