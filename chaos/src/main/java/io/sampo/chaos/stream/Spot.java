package io.sampo.chaos.stream;

/// Where a record is in the topic.
///
/// @param offset -1 when nobody said it
record Spot(int partition, long offset) {
    static final Spot UNTOLD = new Spot(-1, -1);

    boolean isTold() {
        return offset >= 0;
    }

    @Override
    public String toString() {
        return isTold() ? partition + "@" + offset : "somewhere";
    }
}
