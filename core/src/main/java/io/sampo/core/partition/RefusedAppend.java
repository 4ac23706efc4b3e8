package io.sampo.core.partition;

/// An append that its producer must not repeat, as this replica sees it: a sequence out of order, an epoch
/// that is over. That ends a producer; so it is said only when this replica still leads, and does not
/// merely lack what another leader has acknowledged since. Else it is NOT_LEADER_OR_FOLLOWER, and the
/// producer asks elsewhere.
///
/// @param outcome what to say then
record RefusedAppend(AppendRequest request, AppendOutcome outcome) implements BarrierRequest {}
