/// Looks for damage in logs that nobody reads.
@NullMarked
package io.sampo.persistence.scrub;

import org.jspecify.annotations.NullMarked;
