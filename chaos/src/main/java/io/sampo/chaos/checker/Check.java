package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import java.util.List;

/// One promise. Without state.
public interface Check {

    /// One word, as tables show it.
    String name();

    /// All ways in which the history breaks the promise; one violation for each value, offset or step.
    List<Violation> check(History history);
}
