@NullMarked
package io.sampo.chaos.workload;

import org.jspecify.annotations.NullMarked;
