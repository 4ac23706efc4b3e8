/// The stream client on a cluster whose nodes are killed: what it promises, and what became of it.
@NullMarked
package io.sampo.chaos.stream;

import org.jspecify.annotations.NullMarked;
