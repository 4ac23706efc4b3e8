package io.sampo.actors.group;

import io.sampo.core.group.Caller;
import io.sampo.core.group.Decision;
import io.sampo.core.group.GroupCore;

/// What to ask the core, with the request in it.
@FunctionalInterface
public interface GroupQuestion {
    Decision ask(GroupCore core, Caller caller, long nowMs);
}
