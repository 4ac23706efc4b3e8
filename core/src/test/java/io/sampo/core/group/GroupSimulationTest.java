package io.sampo.core.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Runs the group core under many seeds. `-Dsampo.group.seeds=N` runs more of them, `-Dsampo.group.seed=S` replays
/// one.
class GroupSimulationTest {
    private static final int SEEDS = Integer.getInteger("sampo.group.seeds", 120);

    @Test
    void theInvariantsHoldUnderChaosAndTheGroupSettlesAfterIt() {
        Long only = Long.getLong("sampo.group.seed");
        List<Long> seeds = new ArrayList<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            seeds.add(seed);
        }
        for (long seed : only == null ? seeds : List.of(only)) {
            try {
                new GroupSimulation(seed, GroupCore::new, Invariants.all()).run();
            } catch (AssertionError | RuntimeException broken) {
                throw new AssertionError(
                        "seed " + seed + "; replay: mvn -pl core test -Dtest=GroupSimulationTest -Dsampo.group.seed="
                                + seed,
                        broken);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameTrace() {
        for (long seed = 1; seed <= 5; seed++) {
            GroupSimulation first = new GroupSimulation(seed, GroupCore::new, Invariants.all());
            GroupSimulation second = new GroupSimulation(seed, GroupCore::new, Invariants.all());
            assertEquals(first.run(), second.run());
            assertTrue(first.stepCount() > 500, "a run should do something");
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aBrokenRuleIsNoticed(Mutant mutant) {
        for (long seed = 0; seed < 200; seed++) {
            try {
                new GroupSimulation(seed, mutant::core, Invariants.all()).run();
            } catch (AssertionError | RuntimeException noticed) {
                return;
            }
        }
        fail("no invariant noticed " + mutant);
    }

    enum Mutant {
        COMMITS_OF_OLD_GENERATIONS_COUNT {
            @Override
            OffsetCommitRule commitRule(CoordinatorState state, GroupSettings settings, Rebalance rebalance) {
                return new OffsetCommitRule(state, settings, rebalance) {
                    @Override
                    boolean isPresentGeneration(ClassicGroup group, int generationId) {
                        return true;
                    }
                };
            }
        },
        COMMITS_ARE_ACKNOWLEDGED_AT_ONCE {
            @Override
            OffsetCommitRule commitRule(CoordinatorState state, GroupSettings settings, Rebalance rebalance) {
                return new OffsetCommitRule(state, settings, rebalance) {
                    @Override
                    void answer(Turn turn, Caller caller, OffsetCommitResponseData response) {
                        turn.reply(caller.requestId(), response);
                    }
                };
            }
        },
        ABSENT_MEMBERS_STAY {
            @Override
            Rebalance rebalance(CoordinatorState state, GroupSettings settings) {
                return new Rebalance(state, settings) {
                    @Override
                    boolean mayStay(Member member) {
                        return true;
                    }
                };
            }
        },
        EVERYBODY_GETS_THE_SAME_ASSIGNMENT {
            @Override
            Rebalance rebalance(CoordinatorState state, GroupSettings settings) {
                return new Rebalance(state, settings) {
                    @Override
                    byte[] assignmentOf(Member member, Map<String, byte[]> assignments) {
                        return assignments.isEmpty()
                                ? Member.NO_ASSIGNMENT
                                : assignments.values().iterator().next();
                    }
                };
            }
        },
        SESSIONS_NEVER_END {
            @Override
            Rebalance rebalance(CoordinatorState state, GroupSettings settings) {
                return new Rebalance(state, settings) {
                    @Override
                    void scheduleSession(Turn turn, ClassicGroup group, String memberId, int timeoutMs) {}
                };
            }
        };

        Rebalance rebalance(CoordinatorState state, GroupSettings settings) {
            return new Rebalance(state, settings);
        }

        OffsetCommitRule commitRule(CoordinatorState state, GroupSettings settings, Rebalance rebalance) {
            return new OffsetCommitRule(state, settings, rebalance);
        }

        GroupCore core(GroupSettings settings, Supplier<String> uniqueIds) {
            Mutant mutant = this;
            return new GroupCore(settings, uniqueIds, new RuleBook() {
                @Override
                Rebalance rebalance(CoordinatorState state, GroupSettings groupSettings) {
                    return mutant.rebalance(state, groupSettings);
                }

                @Override
                OffsetCommitRule commitRule(CoordinatorState state, GroupSettings groupSettings, Rebalance rebalance) {
                    return mutant.commitRule(state, groupSettings, rebalance);
                }
            });
        }
    }
}
