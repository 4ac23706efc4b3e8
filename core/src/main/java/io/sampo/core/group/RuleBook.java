package io.sampo.core.group;

/// Makes the rules that the simulation wants to exchange, to see that its invariants notice.
class RuleBook {

    Rebalance rebalance(CoordinatorState state, GroupSettings settings) {
        return new Rebalance(state, settings);
    }

    OffsetCommitRule commitRule(CoordinatorState state, GroupSettings settings, Rebalance rebalance) {
        return new OffsetCommitRule(state, settings, rebalance);
    }
}
