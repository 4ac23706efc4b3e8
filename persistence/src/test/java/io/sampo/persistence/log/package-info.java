@NullMarked
package io.sampo.persistence.log;

import org.jspecify.annotations.NullMarked;
