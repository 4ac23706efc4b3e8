/// Consumer groups and committed offsets.
@NullMarked
package io.sampo.core.group;

import org.jspecify.annotations.NullMarked;
