package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.AdoptReply;
import io.sampo.core.partition.ReplicaMessage.AdoptRequest;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/// What a candidate does whose log cannot be continued with the best one.
class AdoptionTest {
    private static final ReplicaId SELF = ReplicaContext.SELF;
    private static final ReplicaId LEFT = new ReplicaId(2, new Uuid(2, 2));
    private static final ReplicaId LAST = new ReplicaId(3, new Uuid(3, 3));
    private static final VoterSet ALL = new VoterSet(List.of(SELF, LEFT, LAST), List.of());
    private static final LogKey OWN = new LogKey(2, 7);
    private static final LogKey BETTER = new LogKey(5, 8);

    private static ReplicaContext candidate() {
        ReplicaContext context = new ReplicaContext();
        List.of(
                        new ReplicaCreated("orders", ReplicaContext.PARTITION, SELF, ALL),
                        new Opened(1, "boot"),
                        new EpochPromised(2, LEFT),
                        new EpochStarted(2, 0, LEFT, ALL),
                        new BatchAppended(sevenRecords(), null))
                .forEach(context.core::apply);
        context.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        context.campaign();
        return context;
    }

    private static BatchHeader sevenRecords() {
        return new BatchHeader(
                0,
                6,
                2,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                1_000,
                100,
                false,
                false);
    }

    private static void hear(ReplicaContext context, ReplicaId from, ReplicaMessage message) {
        context.step(new ReplicaInput.Received(
                new ReplicaEnvelope(ReplicaContext.PARTITION, from, 1, ReplicaContext.SELF, message)));
    }

    /// Asks the one for the tail that left the configuration of the best log: who still votes need not be
    /// waited for.
    private static AdoptRequest asked(ReplicaContext context, long bestLogStartOffset) {
        VoterSet last = VoterSet.single(LAST);
        int epoch = 6;
        for (ReplicaId from : List.of(LEFT, LAST)) {
            hear(context, from, new PreVoteReply(epoch, false, epoch - 1, BETTER, false));
        }
        context.nowMs += 300;
        context.step(new ReplicaInput.Tick());
        hear(context, LEFT, new PreVoteReply(epoch, true, epoch - 1, BETTER, false));
        for (ReplicaId from : List.of(LEFT, LAST)) {
            hear(context, from, new PromiseReply(epoch, true, epoch, BETTER, bestLogStartOffset, last, false));
        }
        return context.all(ReplicaEffect.Send.class).stream()
                .map(send -> send.envelope().message())
                .filter(AdoptRequest.class::isInstance)
                .map(AdoptRequest.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /// The better log forgot the markers below its log start. What would have to be cut for want of a
    /// common one may have been committed, and what is left could not be continued.
    @Test
    void aLogThatCannotBeComparedIsNotCut() {
        ReplicaContext context = candidate();
        AdoptRequest request = asked(context, 7);
        assertEquals(OWN, request.key());

        DivergingEpoch nothingInCommon = new DivergingEpoch(-1, 7);
        hear(context, LEFT, new AdoptReply(6, OWN, BETTER, List.of(), List.of(), nothingInCommon));

        assertTrue(context.journal.stream().noneMatch(TruncateIntent.class::isInstance), context.journal::toString);
        assertEquals(7, context.core.logEndOffset());
        assertEquals(ReplicaRole.FOLLOWER, context.core.role());
    }

    @Test
    void oneThatCanBeComparedIsCutWhereTheyPart() {
        ReplicaContext context = candidate();
        asked(context, 0);

        DivergingEpoch parted = new DivergingEpoch(2, 5);
        hear(context, LEFT, new AdoptReply(6, OWN, BETTER, List.of(), List.of(), parted));

        assertEquals(new TruncateIntent(5, 2, 6), context.journal.getLast());
    }
}
