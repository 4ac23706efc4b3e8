package io.sampo.persistence.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.core.partition.ConfigStart;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.ConfigForced;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.SetBack;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/// The stored format, byte for byte: logs written by this version must be read by every later one.
class ReplicaEventCodecTest {
    private static final PartitionId PARTITION = new PartitionId(new Uuid(1, 2), 3);
    private static final ReplicaId SELF = new ReplicaId(4, new Uuid(5, 6));
    private static final VoterSet CONFIG = new VoterSet(List.of(SELF), List.of(new ReplicaId(7, new Uuid(8, 9))));
    private static final List<ReplicaEvent> EVENTS = List.of(
            new ReplicaCreated("täglich", PARTITION, SELF, CONFIG),
            new Opened(10, "boot"),
            new CleanClose(11, "boot"),
            new EpochPromised(12, SELF),
            new EpochStarted(13, 14, SELF, CONFIG),
            new TruncateIntent(15, 16, 17),
            new Suspected("boot", "why"),
            new Recovered(18, 19),
            new LogStartAdvanced(20),
            new HighWatermarkHint(21),
            new PeerHeard(SELF, 22),
            new SetBack(23),
            new ConfigForced(24, SELF));
    private static final Checkpoint CHECKPOINT = new Checkpoint(
            "täglich",
            PARTITION,
            SELF,
            CONFIG,
            1,
            "boot",
            2,
            3,
            40,
            39,
            true,
            List.of(new EpochStart(1, 0), new EpochStart(2, 30)),
            List.of(new ProducerEntry(77, (short) 1, -1, 1234, -1, List.of(new ProducerBatch(0, 4, 30, 34, 1234)))));

    private static List<String> encoded() {
        List<String> lines = new ArrayList<>();
        for (ReplicaEvent event : EVENTS) {
            MetaRecord record = MetaRecord.of(100, 200, 300, event);
            lines.add(event.getClass().getSimpleName() + " " + hex(record.encode()));
        }
        lines.add("TruncationFinished "
                + hex(new MetaRecord(100, 200, 300, null, MetaRecord.TRUNCATION_FINISHED).encode()));
        lines.add("Checkpoint " + hex(ReplicaEventCodec.encode(CHECKPOINT)));
        return lines;
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return HexFormat.of().formatHex(copy);
    }

    @Test
    void theBytesAreThoseOfTheGoldenFile() throws IOException {
        try (InputStream golden =
                Objects.requireNonNull(getClass().getResourceAsStream("meta-journal-v1.golden"), "golden file")) {
            String expected = new String(golden.readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(expected, String.join("\n", encoded()) + "\n");
        }
    }

    @Test
    void everythingThatIsWrittenIsReadBack() {
        for (ReplicaEvent event : EVENTS) {
            MetaRecord record = MetaRecord.of(1, 2, 3, event);
            assertEquals(record, MetaRecord.decode(record.encode(), 0));
        }
        assertEquals(CHECKPOINT, ReplicaEventCodec.decodeCheckpoint(ReplicaEventCodec.encode(CHECKPOINT)));
    }

    @Test
    void whatCheckpointsDidNotHaveAtFirstIsWrittenWhenItSaysSomething() {
        Checkpoint changed = new Checkpoint(
                CHECKPOINT.topic(),
                PARTITION,
                SELF,
                CONFIG,
                1,
                "boot",
                2,
                3,
                40,
                39,
                true,
                CHECKPOINT.epochStarts(),
                CHECKPOINT.producers(),
                List.of(new ConfigStart(-1, VoterSet.single(SELF)), new ConfigStart(2, CONFIG)),
                true,
                76,
                List.of(new PeerHeard(new ReplicaId(7, new Uuid(8, 9)), 5)));

        ByteBuffer bytes = ReplicaEventCodec.encode(changed);
        assertEquals(changed, ReplicaEventCodec.decodeCheckpoint(bytes));
        int ofPeers = Integer.BYTES + 20 + Long.BYTES;
        Checkpoint withoutPeers = ReplicaEventCodec.decodeCheckpoint(bytes.slice(0, bytes.limit() - ofPeers));
        assertEquals(76, withoutPeers.forgottenProducerId());
        assertEquals(List.of(), withoutPeers.peers());
        Checkpoint withoutFlags = ReplicaEventCodec.decodeCheckpoint(bytes.slice(0, bytes.limit() - ofPeers - 9));
        assertEquals(changed.configs(), withoutFlags.configs());
        assertEquals(List.of(), withoutFlags.peers());
        assertFalse(withoutFlags.configLost());
        assertEquals(Long.MAX_VALUE, withoutFlags.forgottenProducerId());
    }

    @Test
    void whatIsTooShortTooLongOrUnknownIsRefused() {
        ByteBuffer bytes = ReplicaEventCodec.encode(CHECKPOINT);
        for (int size = 0; size < bytes.limit(); size++) {
            ByteBuffer shorter = bytes.slice(0, size);
            assertThrows(IllegalArgumentException.class, () -> ReplicaEventCodec.decodeCheckpoint(shorter));
        }
        ByteBuffer longer = ByteBuffer.allocate(9);
        assertThrows(
                IllegalArgumentException.class,
                () -> ReplicaEventCodec.decode(ReplicaEventCodec.HIGH_WATERMARK_HINT, longer));
        assertThrows(IllegalArgumentException.class, () -> ReplicaEventCodec.decode((byte) 99, longer));
    }
}
