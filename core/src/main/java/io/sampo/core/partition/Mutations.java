package io.sampo.core.partition;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The planted bugs of one core: none in production.
final class Mutations {
    static final Mutations NONE = new Mutations(Set.of());

    private final @Nullable EnumSet<Mutation> planted;

    Mutations(Set<Mutation> planted) {
        this.planted = planted.isEmpty() ? null : EnumSet.copyOf(planted);
    }

    boolean has(Mutation mutation) {
        return planted != null && planted.contains(mutation);
    }
}
