package io.sampo.chaos.fault;

import java.io.IOException;

/// One thing that breaks, and can be mended. Made for one use; the run's thread calls it.
public interface Fault {

    void inject() throws IOException;

    /// Afterwards nothing of it is left but what the nodes have to deal with themselves. Called also when [#inject]
    /// failed half way.
    void heal() throws IOException;

    /// What it does to whom.
    String description();

    /// How long it wants to last; 0: as long as the run likes.
    default long lastsMs() {
        return 0;
    }
}
