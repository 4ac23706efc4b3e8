package io.sampo.core.simulation;

import io.sampo.core.partition.Mutation;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicationSettings;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What one run is made of, all of it drawn from its seed (swarm testing: each run has other rates, and faults that
/// hide each other are often off).
///
/// @param voterCount of the partition's first configuration
/// @param nodeCount voters and spares
/// @param syncsBeforeAcknowledge durable mode; false: page-cache mode
/// @param meanFaultMs mean time between two faults of a kind; a kind that is missing is off
/// @param delayUs typical delay of a link; single messages take from half of it to `jitter` times as long
/// @param writeUs typical time of a write or a sync
/// @param sendsAtOnce batches that a producer has in flight at most
/// @param hasObserver the last node follows without ever voting, unless it is assigned a replica
/// @param rests nodes tell each other that they are alive, so that an idle partition falls silent
/// @param coordinatesGroups the partition holds committed positions of groups too, and its leader coordinates them
/// @param allocates a coordinator of sharding places the leader by the production rules
/// @param losesMajority too few voters are left at one point, and an operator forces a configuration
/// @param keepsMetadata the partition is the metadata log, its leader the controller; nobody else writes to it
record Scenario(
        long seed,
        Set<Mutation> planted,
        int voterCount,
        int nodeCount,
        boolean syncsBeforeAcknowledge,
        int minInSyncReplicas,
        long chaosMs,
        Map<Fault, Integer> meanFaultMs,
        Map<Operation, Integer> meanOperationMs,
        double lossPercent,
        double duplicationPercent,
        long delayUs,
        int jitter,
        long writeUs,
        int clockDriftPercent,
        int producerCount,
        int sendsAtOnce,
        long meanSendUs,
        ReplicationSettings replication,
        boolean hasObserver,
        boolean rests,
        boolean coordinatesGroups,
        boolean keepsMetadata,
        boolean allocates,
        boolean losesMajority) {

    static Scenario of(long seed, Set<Mutation> planted) {
        Chance chance = new Chance(seed, "scenario");
        int voterCount = chance.of(List.of(1, 2, 3, 3, 3, 3, 3, 5, 5));
        boolean calm = chance.oneIn(12);
        int minInSync = chance.oneIn(3) ? 1 + chance.below(voterCount) : 1;
        EnumMap<Fault, Integer> faults = new EnumMap<>(Fault.class);
        // Drawn apart, as it came later: the other draws of a seed are what they were.
        Chance ofSetBack = new Chance(seed, "scenario-set-back");
        for (Fault fault : Fault.values()) {
            Chance draw = fault == Fault.DIRECTORY_SET_BACK ? ofSetBack : chance;
            boolean on = draw.below(5) < 2;
            int mean = (int) draw.logUniform(fault.minMeanMs, fault.maxMeanMs);
            if (on && !calm) {
                faults.put(fault, mean);
            }
        }
        EnumMap<Operation, Integer> operations = new EnumMap<>(Operation.class);
        for (Operation operation : Operation.values()) {
            if (operation == Operation.FORCE) {
                continue;
            }
            boolean on = chance.below(2) == 0;
            int mean = (int) chance.logUniform(operation.minMeanMs, operation.maxMeanMs);
            if (on) {
                operations.put(operation, mean);
            }
        }
        long writeUs = chance.logUniform(50, 20_000);
        boolean rests = chance.oneIn(2);
        boolean coordinatesGroups = chance.oneIn(4);
        boolean keepsMetadata = !coordinatesGroups && new Chance(seed, "metadata-scenario").oneIn(5);
        if (keepsMetadata) {
            operations.remove(Operation.PRODUCER_RESTART);
        }
        if (coordinatesGroups || keepsMetadata) {
            // Nobody deletes records of internal topics.
            operations.remove(Operation.DELETE_RECORDS);
        }
        boolean losesMajority = !coordinatesGroups && !keepsMetadata && new Chance(seed, "disaster-scenario").oneIn(10);
        if (losesMajority) {
            // What is set back counts as lost too, and the books of both do not mix.
            faults.remove(Fault.DIRECTORY_SET_BACK);
        }
        return new Scenario(
                seed,
                planted,
                voterCount,
                voterCount + 1 + chance.below(2),
                // The metadata log waits for the disk, whatever topics do.
                chance.oneIn(2) || keepsMetadata,
                minInSync,
                chance.of(List.of(30_000L, 60_000L, 120_000L)),
                faults,
                operations,
                calm || chance.oneIn(2) ? 0 : chance.logUniform(1, 30),
                calm || chance.oneIn(2) ? 0 : chance.logUniform(1, 50),
                chance.logUniform(100, 30_000),
                chance.of(List.of(1, 2, 4, 20)),
                writeUs,
                chance.oneIn(2) ? 0 : chance.below(6),
                producerCount(chance, keepsMetadata),
                1 + chance.below(5),
                // Not more than small fetches over a slow disk can carry.
                Math.max(writeUs * 20, chance.logUniform(20_000, rests ? 6_000_000 : 1_000_000)),
                replication(chance),
                chance.oneIn(3),
                rests,
                coordinatesGroups,
                keepsMetadata,
                new Chance(seed, "sharding-scenario").oneIn(4),
                losesMajority);
    }

    private static int producerCount(Chance chance, boolean keepsMetadata) {
        int count = 1 + chance.below(3);
        return keepsMetadata ? 0 : count;
    }

    private static ReplicationSettings replication(Chance chance) {
        ReplicationSettings from = ReplicationSettings.DEFAULTS;
        boolean smallFetches = chance.oneIn(3);
        return new ReplicationSettings(
                from.electionTimeoutMs(),
                from.electionJitterMs(),
                from.electionStaggerMs(),
                from.campaignTimeoutMs(),
                from.heartbeatMs(),
                from.fetchTimeoutMs(),
                from.fetchMaxWaitMs(),
                smallFetches ? 200 : from.fetchMaxBytes(),
                chance.oneIn(2) ? 3_000 : from.replicaLagTimeMaxMs(),
                from.checkQuorumMs(),
                from.transferTimeoutMs(),
                chance.oneIn(2) ? 200 : from.learnerCaughtUpMs(),
                chance.oneIn(4) ? 300 : from.adoptMaxBytes(),
                chance.oneIn(4) ? 4 : from.maxQueuedMessages());
    }

    ReplicaSettings settings(int minInSync) {
        return new ReplicaSettings(minInSync, 24L * 3600 * 1000, 100_000, replication);
    }

    boolean has(Mutation mutation) {
        return planted.contains(mutation);
    }
}
