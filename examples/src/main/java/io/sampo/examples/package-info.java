/// Small programs with the stream client; docs/streams.md says how to run them.
@NullMarked
package io.sampo.examples;

import org.jspecify.annotations.NullMarked;
