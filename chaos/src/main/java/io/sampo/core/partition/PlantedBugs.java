package io.sampo.core.partition;

import java.util.Arrays;
import java.util.EnumSet;

/// Lets the fault tests' own main class plant bugs into a node, to see that the checker finds them. The product's
/// jar does not have this class.
public final class PlantedBugs {
    private PlantedBugs() {}

    /// @param names of [Mutation]s, separated by commas; empty for none
    /// @throws IllegalArgumentException when there is no such mutation
    public static void plant(String names) {
        EnumSet<Mutation> bugs = EnumSet.noneOf(Mutation.class);
        Arrays.stream(names.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .map(Mutation::valueOf)
                .forEach(bugs::add);
        Mutations.plantIntoNewCores(bugs);
    }
}
