package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `-Dsampo.group.seed=N` runs one seed; `-Dsampo.group.seeds=N` runs so many.
class GroupSimulationTest {
    @ParameterizedTest
    @ValueSource(strings = {"cooperative-sticky", "range", "sticky", "roundrobin"})
    void partitionsHaveOneOwnerAndCommitsNeverGoBack(String assignor) {
        Long one = Long.getLong("sampo.group.seed");
        if (one != null) {
            new GroupSimulation(one, assignor).run();
            return;
        }
        int rebalances = 0;
        long seeds = Long.getLong("sampo.group.seeds", assignor.equals("cooperative-sticky") ? 100 : 25);
        for (long seed = 1; seed <= seeds; seed++) {
            rebalances += new GroupSimulation(seed, assignor).run();
        }
        assertTrue(rebalances > 5 * seeds, "the faults do little: " + rebalances + " rebalances");
    }
}
