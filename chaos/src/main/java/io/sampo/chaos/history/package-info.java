/// What clients did and saw during a fault test: operations, and the file they are kept in. Pure but for
/// [io.sampo.chaos.history.HistoryFile].
@NullMarked
package io.sampo.chaos.history;

import org.jspecify.annotations.NullMarked;
