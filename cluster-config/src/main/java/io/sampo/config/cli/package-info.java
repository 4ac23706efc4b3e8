/// The command line: one class per command, each an ordinary Kafka client of the broker.
@NullMarked
package io.sampo.config.cli;

import org.jspecify.annotations.NullMarked;
