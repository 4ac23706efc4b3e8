package io.sampo.streams.group;

/// A member's place in its group: what the coordinator calls it, and in which generation it is.
final class Seat {
    private static final int NO_GENERATION = -1;

    private String memberId = "";
    private int generationId = NO_GENERATION;
    private int claimGenerationId = NO_GENERATION;

    /// Empty before the coordinator gave one.
    String memberId() {
        return memberId;
    }

    /// -1 outside of a generation.
    int generationId() {
        return generationId;
    }

    /// The generation in which the member last said what it owns; -1: none.
    int claimGenerationId() {
        return claimGenerationId;
    }

    boolean isInGeneration() {
        return generationId >= 0;
    }

    boolean is(String otherMemberId, int otherGenerationId) {
        return generationId == otherGenerationId && memberId.equals(otherMemberId);
    }

    /// The coordinator gave an id to join with.
    void named(String newMemberId) {
        memberId = newMemberId;
    }

    /// Whoever said in this rebalance what it owns keeps it, or is told to give it up, even if it does not hear
    /// of the assignment.
    void joined(String newMemberId, int newGenerationId) {
        memberId = newMemberId;
        generationId = newGenerationId;
        claimGenerationId = newGenerationId;
    }

    /// What it owned is owned no more.
    void lost() {
        generationId = NO_GENERATION;
        claimGenerationId = NO_GENERATION;
    }

    void leaves() {
        generationId = NO_GENERATION;
    }

    /// The group does not know this member any more.
    void forgotten() {
        memberId = "";
    }
}
