/// Black-box tests: other people's clients and tools against a broker in a process of its own, over TCP only.
@NullMarked
package io.sampo.compatibility;

import org.jspecify.annotations.NullMarked;
