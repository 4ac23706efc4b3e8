/// Sampo and Apache Kafka side by side: the same stock client code drives both in alternation; ratios are what
/// counts.
@NullMarked
package io.sampo.bench;

import org.jspecify.annotations.NullMarked;
