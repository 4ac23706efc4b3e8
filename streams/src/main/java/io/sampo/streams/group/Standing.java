package io.sampo.streams.group;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// What a member is in its group at this moment.
///
/// @param memberId empty before the coordinator gave one
/// @param generationId -1 outside of a generation; the member epoch in the consumer protocol
/// @param canCommit whether a commit would be accepted now. False while a rebalance is answered: the coordinator
///     answers one connection's requests one after the other, and a commit would wait behind the rebalance
/// @param held what the listener has, including what it is draining
/// @param over whether it will never own anything again
record Standing(String memberId, int generationId, boolean canCommit, Set<TopicPartition> held, boolean over) {}
