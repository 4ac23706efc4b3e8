package io.sampo.core.group;

import java.util.Locale;

/// Life of a classic group.
///
/// ```
/// EMPTY <-> PREPARING_REBALANCE -> COMPLETING_REBALANCE -> STABLE
///                  ^                        |                |
///                  +------------------------+----------------+     any of them -> DEAD
/// ```
public enum GroupState {
    /// No members; may hold offsets.
    EMPTY("Empty"),
    /// Members are asked to join (again).
    PREPARING_REBALANCE("PreparingRebalance"),
    /// A generation was formed; its leader's assignment is awaited.
    COMPLETING_REBALANCE("CompletingRebalance"),
    /// Every member of the generation can have its assignment.
    STABLE("Stable"),
    /// Removed: nothing may be added any more.
    DEAD("Dead");

    private final String protocolName;
    private final String filterName;

    GroupState(String protocolName) {
        this.protocolName = protocolName;
        this.filterName = protocolName.toLowerCase(Locale.ROOT);
    }

    /// As the protocol spells it.
    public String protocolName() {
        return protocolName;
    }

    /// As ListGroups compares it with the client's filter.
    String filterName() {
        return filterName;
    }

    boolean mayMoveTo(GroupState next) {
        return switch (next) {
            case EMPTY, COMPLETING_REBALANCE -> this == PREPARING_REBALANCE;
            case PREPARING_REBALANCE -> this == STABLE || this == COMPLETING_REBALANCE || this == EMPTY;
            case STABLE -> this == COMPLETING_REBALANCE;
            case DEAD -> true;
        };
    }
}
