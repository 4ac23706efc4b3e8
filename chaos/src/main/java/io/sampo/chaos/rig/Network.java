package io.sampo.chaos.rig;

import java.io.IOException;
import java.util.List;

/// Where nodes have their addresses, and what can be done to the way between them. Node ids are from 1; 0 is the
/// driver with its clients.
///
/// Thread rule: one thread at a time; [#close] from any.
public interface Network extends AutoCloseable {
    int DRIVER = 0;

    /// Address of a node.
    String host(int node);

    /// What the command of a node's process begins with.
    List<String> prefix(int node);

    /// Whether [#drop] and the others work here.
    boolean breakable();

    /// Packets from one to the other vanish.
    void drop(int from, int to) throws IOException;

    /// Packets that open or belong to connections to this TCP port of a node vanish.
    void dropPort(int node, int port) throws IOException;

    /// A share of all packets that come to a node vanish.
    void lose(int node, double share) throws IOException;

    /// A share of all packets that a node sends arrive twice.
    void duplicate(int node, double share) throws IOException;

    /// All that a node sends goes through a link of so many kilobits a second, with a queue of up to half a second.
    void slow(int node, int kilobits) throws IOException;

    /// Delay with jitter, loss, duplication and reordering on what a node sends, by the kernel's netem.
    ///
    /// @throws IOException also when this kernel has no netem
    void netem(int node) throws IOException;

    /// Ends everything that was done to a node's packets.
    void heal(int node) throws IOException;

    @Override
    void close();
}
