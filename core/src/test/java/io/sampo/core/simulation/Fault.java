package io.sampo.core.simulation;

/// What can go wrong. Each run draws how often each of them does, and turns some off altogether.
enum Fault {
    /// The process ends; what it wrote stays in the page cache.
    PROCESS_CRASH(2_000, 60_000),
    /// The machine goes down: what was not synced may be lost.
    MACHINE_CRASH(4_000, 90_000),
    /// A crash of all nodes within a second.
    ALL_PROCESSES_CRASH(20_000, 120_000),
    /// The directory is gone; the node comes back with an empty one of another identity.
    DIRECTORY_LOST(15_000, 120_000),
    /// A batch below the synced end is damaged; found at the next start.
    BIT_FLIP(10_000, 120_000),
    /// A write or a sync fails: the state of the page cache is unknown from then on.
    WRITE_FAILS(10_000, 120_000),
    /// Writes are refused until there is room again.
    DISK_FULL(15_000, 120_000),
    /// The disk answers nothing for a while.
    DISK_STALL(3_000, 60_000),
    /// SIGSTOP, garbage collection, a virtual machine that moves.
    PAUSE(3_000, 60_000),
    /// Clean stop and start.
    RESTART(5_000, 90_000),
    /// One node neither hears nor is heard.
    ISOLATION(3_000, 60_000),
    /// One direction of one link is dead.
    ONE_WAY_PARTITION(2_000, 40_000),
    /// One link delivers nothing for a while, and then all of it.
    CLOG(2_000, 40_000),
    /// One link loses what is under way.
    RECONNECT(1_000, 30_000),
    /// A node takes another one for lost, rightly or not.
    SUSPICION(1_000, 40_000),
    /// The directory is set back to an older copy of itself, while other processes end too.
    DIRECTORY_SET_BACK(5_000, 60_000);

    final int minMeanMs;
    final int maxMeanMs;

    /// @param minMeanMs of the time between two of them, in the run that has most of it
    Fault(int minMeanMs, int maxMeanMs) {
        this.minMeanMs = minMeanMs;
        this.maxMeanMs = maxMeanMs;
    }
}
