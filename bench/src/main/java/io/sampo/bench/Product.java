package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A broker's make: how it is started, and what its configs mean.
interface Product {

    /// `sampo` or `kafka`, as tables show it.
    String name();

    /// The command that starts it. Prepares what the first start in this directory needs.
    ///
    /// @param directory for its own files, such as configs
    /// @param dataDirectory where its data goes
    /// @param port that clients come to, on 127.0.0.1
    List<String> startCommand(Path directory, Path dataDirectory, int port) throws IOException, InterruptedException;

    /// Topic configs that make an acknowledgement mean what is wanted.
    Map<String, String> topicConfigs(Durability durability);
}
