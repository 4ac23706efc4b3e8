package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each record has one outcome; the acknowledged ones are in the log once and in their order, whatever
/// breaks. `-Dsampo.produce.seeds=N` runs more seeds, `-Dsampo.produce.seed=S` replays one.
class ProduceSimulationTest {
    private static final int SEEDS = Integer.getInteger("sampo.produce.seeds", 120);

    @Test
    void acknowledgedRecordsAreWrittenOnceAndInOrder() {
        Long only = Long.getLong("sampo.produce.seed");
        long acknowledged = 0;
        long failed = 0;
        for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
            ProduceSimulation simulation = new ProduceSimulation(seed, ProduceCore::new);
            try {
                simulation.run();
            } catch (AssertionError | RuntimeException broken) {
                throw new AssertionError(
                        "seed " + seed + "; replay: mvn -pl streams test -Dtest=ProduceSimulationTest"
                                + " -Dsampo.produce.seed=" + seed,
                        broken);
            }
            acknowledged += simulation.acknowledgedCount();
            failed += simulation.failedCount();
        }
        assertTrue(acknowledged > 1_000, "most records should arrive: " + acknowledged);
        assertTrue(only != null || failed > acknowledged / 1_000, "some should run out of time: " + failed);
    }

    @Test
    void theSameSeedGivesTheSameLogs() {
        for (long seed = 1; seed <= 5; seed++) {
            ProduceSimulation first = new ProduceSimulation(seed, ProduceCore::new);
            ProduceSimulation second = new ProduceSimulation(seed, ProduceCore::new);
            first.run();
            second.run();
            assertEquals(first.trace(), second.trace());
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aBrokenRuleIsNoticed(Mutant mutant) {
        for (long seed = 0; seed < 3_000; seed++) {
            try {
                new ProduceSimulation(seed, mutant::core).run();
            } catch (AssertionError | RuntimeException noticed) {
                return;
            }
        }
        fail("nothing noticed " + mutant);
    }

    enum Mutant {
        THE_FIRST_BATCH_DOES_NOT_GO_ALONE {
            @Override
            PartitionLane lane(TopicPartition partition, BatchSupply supply, ProduceRules rules) {
                return new PartitionLane(partition, supply, rules) {
                    @Override
                    boolean firstGoesAlone() {
                        return false;
                    }
                };
            }
        },
        A_COPY_ON_ITS_WAY_IS_FORGOTTEN {
            @Override
            PartitionLane lane(TopicPartition partition, BatchSupply supply, ProduceRules rules) {
                return new PartitionLane(partition, supply, rules) {
                    @Override
                    boolean mayRenumber(PendingBatch batch) {
                        return true;
                    }
                };
            }
        },
        SEQUENCES_OF_A_FAILED_BATCH_ARE_USED_AGAIN {
            @Override
            PartitionLane lane(TopicPartition partition, BatchSupply supply, ProduceRules rules) {
                return new PartitionLane(partition, supply, rules) {
                    @Override
                    void leaveGap(PendingBatch batch) {
                        nextSequence = batch.sequence();
                    }
                };
            }
        },
        A_RETRY_GOES_TO_THE_END {
            @Override
            PartitionLane lane(TopicPartition partition, BatchSupply supply, ProduceRules rules) {
                return new PartitionLane(partition, supply, rules) {
                    @Override
                    void putBack(PendingBatch batch) {
                        again.addLast(batch);
                    }
                };
            }
        };

        abstract PartitionLane lane(TopicPartition partition, BatchSupply supply, ProduceRules rules);

        ProduceCore core(ProduceRules rules, RandomGenerator random) {
            Mutant mutant = this;
            return new ProduceCore(rules, random) {
                @Override
                PartitionLane lane(TopicPartition partition, BatchSupply supply) {
                    return mutant.lane(partition, supply, rules);
                }
            };
        }
    }
}
