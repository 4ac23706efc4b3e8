/// The broker's listeners: binding, accepting, limits over all connections, and an orderly end.
@NullMarked
package io.sampo.tcp.server;

import org.jspecify.annotations.NullMarked;
