/// Which part of a log may go, and the background worker that makes it go: retention by time, by size and by log
/// start, and the turn of the cleaner.
@NullMarked
package io.sampo.persistence.retention;

import org.jspecify.annotations.NullMarked;
