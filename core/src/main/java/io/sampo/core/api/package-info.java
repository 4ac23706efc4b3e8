/// What a connection hands to the broker and gets back: the port between the wire and the API handlers.
@NullMarked
package io.sampo.core.api;

import org.jspecify.annotations.NullMarked;
