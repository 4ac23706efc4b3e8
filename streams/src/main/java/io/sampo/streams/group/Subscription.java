package io.sampo.streams.group;

import java.util.Set;
import java.util.regex.Pattern;

/// What a member wants to read.
public sealed interface Subscription {

    /// These topics. One that does not exist is taken up once it is there.
    record Topics(Set<String> names) implements Subscription {
        public Topics {
            names = Set.copyOf(names);
        }
    }

    /// All topics whose whole name matches, now and later; the brokers' own ones are left out.
    record Matching(Pattern pattern) implements Subscription {}

    static Subscription topics(String... names) {
        return new Topics(Set.of(names));
    }

    static Subscription matching(String pattern) {
        return new Matching(Pattern.compile(pattern));
    }
}
