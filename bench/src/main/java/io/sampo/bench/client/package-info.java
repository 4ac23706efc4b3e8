/// A process that drives one of the clients that are compared: the same work for each, in the way of its own
/// API. It reads what to do from its input, a line each, and answers with a line of figures.
@NullMarked
package io.sampo.bench.client;

import org.jspecify.annotations.NullMarked;
