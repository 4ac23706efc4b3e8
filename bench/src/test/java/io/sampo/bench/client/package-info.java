@NullMarked
package io.sampo.bench.client;

import org.jspecify.annotations.NullMarked;
