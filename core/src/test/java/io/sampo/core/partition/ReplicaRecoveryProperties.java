package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaContext.TestDeletion;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.protocol.Errors;

/// Random lives of a replica: restarts, clean and not, leaderships, appends, repeats, deletions.
class ReplicaRecoveryProperties {

    /// What clients were told, by offset: the judge of what must be there.
    private final List<Long> acknowledged = new ArrayList<>();

    @Property(tries = 200)
    void checkpointAndEventsGiveTheStateThatWasLost(@ForAll long seed) {
        Random random = new Random(seed);
        ReplicaContext context = new ReplicaContext().open("boot", true).campaign();
        ReplicaEvent.Checkpoint checkpoint = context.core.checkpoint();
        int eventsBefore = context.journal.size();
        long highWatermark = 0;
        acknowledged.clear();
        for (int i = 0; i < 120; i++) {
            act(context, random);
            assertTrue(context.core.highWatermark() >= highWatermark, "high watermark fell, seed " + seed);
            highWatermark = context.core.highWatermark();
            if (random.nextInt(15) == 0) {
                checkpoint = context.core.checkpoint();
                eventsBefore = context.journal.size();
            }
            if (random.nextInt(25) == 0) {
                context = restart(context, checkpoint, eventsBefore, seed);
                checkpoint = context.core.checkpoint();
                eventsBefore = context.journal.size();
            }
        }
        for (long offset : acknowledged) {
            assertTrue(offset < context.core.highWatermark(), "offset " + offset + " was lost, seed " + seed);
        }
    }

    private void act(ReplicaContext context, Random random) {
        int choice = random.nextInt(10);
        if (choice < 7) {
            TestAppend append = new TestAppend(
                    Batches.idempotent(random.nextInt(3), (short) 0, random.nextInt(6), 1 + random.nextInt(3)),
                    true,
                    (short) (random.nextInt(3) - 1));
            context.step(new ReplicaInput.Requests(List.of(append, new TestDeletion(random.nextInt(4)))));
            AppendOutcome outcome = context.outcomeOf(append);
            if (outcome.error() == Errors.NONE) {
                acknowledged.add(outcome.lastOffset());
            }
        } else if (choice == 7) {
            context.outcomeOf(Batches.joined(Batches.plain(1), Batches.plain(2)));
        } else if (choice == 8) {
            context.step(new ReplicaInput.Resign(context.core.leaseNumber()));
            context.campaign();
        } else {
            context.delete(-1);
        }
    }

    private static ReplicaContext restart(
            ReplicaContext context, ReplicaEvent.Checkpoint checkpoint, int eventsBefore, long seed) {
        ReplicaEvent.Checkpoint live = context.core.checkpoint();
        ReplicaContext recovered = new ReplicaContext();
        recovered.core.restore(checkpoint);
        List<ReplicaEvent> tail = context.journal.subList(eventsBefore, context.journal.size());
        tail.forEach(event -> recovered.core.apply(ReplicaContext.withoutBytes(event)));
        recovered.journal.addAll(context.journal);
        assertEquals(withHighWatermark(live, 0), withHighWatermark(recovered.core.checkpoint(), 0), "seed " + seed);
        assertEquals(
                withHighWatermark(live, 0),
                withHighWatermark(context.recovered().core.checkpoint(), 0),
                "seed " + seed);
        ReplicaContext opened = recovered.open("boot", false).campaign();
        assertEquals(live.logEndOffset(), opened.core.highWatermark(), "seed " + seed);
        return opened;
    }

    /// The high watermark is a hint: an event for each of its moves would cost more than it gives.
    private static ReplicaEvent.Checkpoint withHighWatermark(ReplicaEvent.Checkpoint from, long highWatermark) {
        return new ReplicaEvent.Checkpoint(
                from.topic(),
                from.partition(),
                from.self(),
                from.config(),
                from.incarnation(),
                from.bootId(),
                from.promisedEpoch(),
                from.logStartOffset(),
                from.logEndOffset(),
                highWatermark,
                from.suspect(),
                from.epochStarts(),
                from.producers());
    }
}
