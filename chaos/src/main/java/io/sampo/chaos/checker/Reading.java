package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Records that some operation saw in a partition: polls and final reads alike.
record Reading(Operation by, Place place, List<Entry> entries) {

    /// All of a history, by partition, in the order of invocation.
    static Map<Place, List<Reading>> of(History history) {
        Map<Place, List<Reading>> readings = new TreeMap<>();
        for (Operation each : history.operations()) {
            Reading reading = switch (each) {
                case Poll poll -> new Reading(poll, poll.place(), poll.entries());
                case FinalRead read -> new Reading(read, read.place(), read.entries());
                default -> null;
            };
            if (reading != null) {
                readings.computeIfAbsent(reading.place(), _ -> new ArrayList<>())
                        .add(reading);
            }
        }
        return readings;
    }
}
