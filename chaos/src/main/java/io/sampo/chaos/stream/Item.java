package io.sampo.chaos.stream;

/// What a record says: the numbers of a key count from 0 without a gap.
record Item(String key, long number) {
    @Override
    public String toString() {
        return key + "#" + number;
    }
}
