package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent;

/// Takes the events of a replay, in order.
@FunctionalInterface
public interface EventVisitor {
    void visit(long sequenceNr, ReplicaEvent event);
}
