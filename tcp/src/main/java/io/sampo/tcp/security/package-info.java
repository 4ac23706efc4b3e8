/// TLS and SASL of a listener, with Kafka's names and kafka-clients' own implementations.
@NullMarked
package io.sampo.tcp.security;

import org.jspecify.annotations.NullMarked;
