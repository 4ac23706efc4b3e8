package io.sampo.core.partition;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The planted bugs of one core: none in production.
final class Mutations {
    static final Mutations NONE = new Mutations(Set.of());

    private static volatile Mutations ofNewCores = NONE;

    private final @Nullable EnumSet<Mutation> planted;

    Mutations(Set<Mutation> planted) {
        this.planted = planted.isEmpty() ? null : EnumSet.copyOf(planted);
    }

    /// The planted bugs of cores that [ReplicaCore]'s public constructor makes.
    static Mutations ofNewCores() {
        return ofNewCores;
    }

    /// Plants bugs into all cores that this process makes from now on. No class of the product calls it, and none
    /// outside of this package can: the fault tests have a main class in this package, in a module of their own.
    static void plantIntoNewCores(Set<Mutation> bugs) {
        ofNewCores = new Mutations(bugs);
    }

    boolean has(Mutation mutation) {
        return planted != null && planted.contains(mutation);
    }
}
