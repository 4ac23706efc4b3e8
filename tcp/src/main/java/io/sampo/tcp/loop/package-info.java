/// Event loops: one thread each that runs tasks and waits for sockets, offered to Pekko as dispatchers.
@NullMarked
package io.sampo.tcp.loop;

import org.jspecify.annotations.NullMarked;
