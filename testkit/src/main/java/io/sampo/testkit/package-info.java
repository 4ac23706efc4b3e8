/// A node of Sampo for unit tests.
@NullMarked
package io.sampo.testkit;

import org.jspecify.annotations.NullMarked;
