/// What every Java client must be able to do, written against the API that kafka-clients 2.8 to 4.4 have in common
/// and free of test libraries, so that the same classes run in this JVM and in a JVM with an old client on its
/// class path.
@NullMarked
package io.sampo.compatibility.scenario;

import org.jspecify.annotations.NullMarked;
