package io.sampo.streams.group;

import java.util.List;

/// One member's way through its group. Deterministic: no clock, no threads; what it cannot do itself it returns.
sealed interface Membership permits ClassicMembership, ConsumerMembership {
    long NEVER = Long.MAX_VALUE;

    /// @param nowMs of a clock that never goes back
    /// @return what is to be done, in order
    List<Effect> step(Input input, long nowMs);

    /// When a tick is needed, if nothing else comes before; [#NEVER]: none.
    long wakeAtMs();

    Standing standing();
}
