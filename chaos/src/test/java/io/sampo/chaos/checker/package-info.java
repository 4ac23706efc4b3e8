@NullMarked
package io.sampo.chaos.checker;

import org.jspecify.annotations.NullMarked;
