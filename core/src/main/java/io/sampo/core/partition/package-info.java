/// Rules of one partition: what is appended, what is visible, who leads; and the port to its log.
@NullMarked
package io.sampo.core.partition;

import org.jspecify.annotations.NullMarked;
