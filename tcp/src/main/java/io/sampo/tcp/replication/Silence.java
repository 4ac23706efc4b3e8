package io.sampo.tcp.replication;

/// How long nothing was heard from the other node while it was listened to. A process that stood still itself reads
/// first what came meanwhile: between two ticks sockets have their turn. A node that does not listen, because its
/// receiver is full, judges nobody.
///
/// Thread rule: the connection's loop.
final class Silence {
    static final int TICKS_TO_DEATH = 4;

    private long readAtTick;
    private int silentTicks;

    /// Called [#TICKS_TO_DEATH] times in the time after which a silent node is given up.
    ///
    /// @param bytesRead of the connection so far
    /// @return true when the node counts as dead
    boolean tick(long bytesRead, boolean listens) {
        silentTicks = bytesRead == readAtTick && listens ? silentTicks + 1 : 0;
        readAtTick = bytesRead;
        return silentTicks >= TICKS_TO_DEATH;
    }
}
