@NullMarked
package io.sampo.chaos;

import org.jspecify.annotations.NullMarked;
