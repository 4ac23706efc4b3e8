package io.sampo.tcp.loop;

/// Told by an event loop that a registered channel can go on. Attached to the selection key.
///
/// Thread rule: called on the loop's thread, between tasks; must be short and must not block.
@FunctionalInterface
public interface SelectionHandler {

    /// @param readyOps ready operations, as in `SelectionKey`
    void ready(int readyOps);
}
