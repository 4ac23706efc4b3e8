/// What a run does to its nodes.
@NullMarked
package io.sampo.chaos.fault;

import org.jspecify.annotations.NullMarked;
