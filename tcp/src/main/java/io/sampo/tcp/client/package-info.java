/// The client side of a connection: requests out, responses in, on the same stages as the server.
@NullMarked
package io.sampo.tcp.client;

import org.jspecify.annotations.NullMarked;
