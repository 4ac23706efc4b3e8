@NullMarked
package io.sampo.chaos.stream;

import org.jspecify.annotations.NullMarked;
