@NullMarked
package io.sampo.chaos.history;

import org.jspecify.annotations.NullMarked;
