/// What a produce request may write: the checks of a batch that a client sent, and its rewriting where the topic
/// asks for another codec or for the time of the append.
@NullMarked
package io.sampo.core.produce;

import org.jspecify.annotations.NullMarked;
