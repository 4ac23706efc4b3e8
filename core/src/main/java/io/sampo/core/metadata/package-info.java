/// Topics, nodes and configurations of the cluster as an immutable image, and the rules that change it.
@NullMarked
package io.sampo.core.metadata;

import org.jspecify.annotations.NullMarked;
