/// The broker under test as a process: started, killed, ended, started again.
@NullMarked
package io.sampo.compatibility.broker;

import org.jspecify.annotations.NullMarked;
