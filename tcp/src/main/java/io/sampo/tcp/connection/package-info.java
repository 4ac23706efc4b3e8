/// One client connection as a backpressured stream: socket -> frames -> requests -> answers in order -> socket.
@NullMarked
package io.sampo.tcp.connection;

import org.jspecify.annotations.NullMarked;
