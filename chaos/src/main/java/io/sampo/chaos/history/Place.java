package io.sampo.chaos.history;

/// A partition as clients name it.
public record Place(String topic, int partition) implements Comparable<Place> {

    /// `topic-partition`.
    @Override
    public String toString() {
        return topic + "-" + partition;
    }

    /// @throws IllegalArgumentException when it is not of that form
    public static Place parse(String text) {
        int dash = text.lastIndexOf('-');
        if (dash <= 0) {
            throw new IllegalArgumentException("not a partition: " + text);
        }
        return new Place(text.substring(0, dash), Integer.parseInt(text.substring(dash + 1)));
    }

    @Override
    public int compareTo(Place other) {
        int byTopic = topic.compareTo(other.topic);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }
}
