/// Stock clients that write down what they do and see.
@NullMarked
package io.sampo.chaos.workload;

import org.jspecify.annotations.NullMarked;
