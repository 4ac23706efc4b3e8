package io.sampo.core.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// The runs in which the partition is the metadata log really change metadata, and things go wrong meanwhile.
class MetadataSimulationTest {

    @Test
    void commandsAreDecidedAnsweredLostAndToldAgain() {
        int runs = 0;
        long commands = 0;
        long unknownOutcomes = 0;
        long reads = 0;
        long tenures = 0;
        long reloads = 0;
        for (long seed = 1; runs < 30; seed++) {
            Scenario scenario = Scenario.of(seed, Set.of());
            if (scenario.keepsMetadata()) {
                World world = new World(scenario, new Trace(false, false));
                world.run();
                runs++;
                for (MetadataClient client : world.clients.commanders) {
                    commands += client.commands;
                    unknownOutcomes += client.unknownOutcomes;
                }
                reads += world.images.judges.reads.reads;
                tenures += world.images.tenures;
                reloads += world.images.reloads;
            }
        }
        String seen = String.format(
                "%d commands, %d unknown outcomes, %d reads, %d tenures, %d failed appends",
                commands, unknownOutcomes, reads, tenures, reloads);
        System.out.println(seen);
        assertTrue(commands > 5_000, seen);
        assertTrue(unknownOutcomes > 100, seen);
        assertTrue(reads > 1_000, seen);
        assertTrue(tenures > 200, seen);
        assertTrue(reloads > 20, seen);
    }
}
