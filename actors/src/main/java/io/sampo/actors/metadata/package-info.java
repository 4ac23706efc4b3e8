/// The controller of the metadata log and the node's live image of it.
@NullMarked
package io.sampo.actors.metadata;

import org.jspecify.annotations.NullMarked;
