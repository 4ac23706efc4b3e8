package io.sampo.chaos.stream;

/// What a record says: the numbers of a key count from 0 without a gap.
record Item(String key, long number) {
    /// A record's own one has neighbours for neighbours, which overlap from key to key: a map of hundreds of thousands
    /// that looks in the next place took minutes to be made.
    @Override
    public int hashCode() {
        return Long.hashCode((number * 31 + key.hashCode()) * 0x9E3779B97F4A7C15L);
    }

    @Override
    public String toString() {
        return key + "#" + number;
    }
}
