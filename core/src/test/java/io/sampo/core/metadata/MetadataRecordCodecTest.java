package io.sampo.core.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.ReplicaId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.types.SchemaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

class MetadataRecordCodecTest {
    private static final Uuid ID = new Uuid(0x0102030405060708L, 0x090a0b0c0d0e0f10L);

    /// One record of each type, in the order of their numbers.
    static List<MetadataRecord> oneOfEach() {
        return List.of(
                new MetadataRecord.ClusterCreated("c1"),
                new MetadataRecord.NodeRegistered(
                        new NodeImage(3, ID, ID, null, List.of(new Endpoint("PLAINTEXT", "h", 9092)))),
                new MetadataRecord.TopicCreated("t", ID),
                new MetadataRecord.PartitionsAssigned(
                        ID, 2, List.of(new PartitionAssignment(List.of(1, 2)), new PartitionAssignment(List.of(2, 1)))),
                new MetadataRecord.TopicDeleted(ID),
                new MetadataRecord.ConfigChanged(
                        new ConfigResource(ConfigResource.Type.TOPIC, "t"), "retention.ms", "5"),
                new MetadataRecord.ProducerIdsAllocated(3, 2000),
                new MetadataRecord.ScramCredentialChanged("SCRAM-SHA-256", "u", null),
                new MetadataRecord.NodeUnregistered(7),
                new MetadataRecord.PartitionReassigned(ID, 2, List.of(4, 2), List.of(1, 2), List.of(1)),
                new MetadataRecord.ConfigForced(ID, 2, new ForcedConfig(1 << 20, new ReplicaId(4, ID))));
    }

    /// What version 0 looks like on disk, for ever: key, then value.
    private static final List<String> GOLDEN = List.of(
            "00010000 000000026331",
            "0002000133 0000000000030102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0"
                    + "f10ffff000000010009504c41494e5445585400016800002384",
            "0003001641514944424155474277674a4367734d445134504541 00000001740102030405060708090a0" + "b0c0d0e0f10",
            "0004001841514944424155474277674a4367734d4451345045412f32 00000102030405060708090a0b0"
                    + "c0d0e0f100000000200000002000000020000000100000002000000020000000200000001",
            "0005001641514944424155474277674a4367734d445134504541 00000102030405060708090a0b0c0d0" + "e0f10",
            "00060010322f742f726574656e74696f6e2e6d73 000002000174000c726574656e74696f6e2e6d73000" + "135",
            "00070000 00000000000300000000000007d0",
            "0008000f534352414d2d5348412d3235362f75 0000000d534352414d2d5348412d323536000175ffff",
            "0009000137 000000000007",
            "000a001841514944424155474277674a4367734d4451345045412f32 00000102030405060708090a0b0c0d0e0f1000000002000"
                    + "00002000000040000000200000002000000010000000200000001" + "00000001",
            "000b001841514944424155474277674a4367734d4451345045412f32 00000102030405060708090a0b0c0d0e0f10"
                    + "000000020010000000000004" + "0102030405060708090a0b0c0d0e0f10");

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }

    @Test
    void theStoredFormNeverChanges() {
        List<String> encoded = oneOfEach().stream()
                .map(record ->
                        hex(MetadataRecordCodec.encodeKey(record)) + " " + hex(MetadataRecordCodec.encodeValue(record)))
                .toList();
        assertEquals(String.join("\n", GOLDEN), String.join("\n", encoded));
    }

    @Test
    void goldenBytesAreReadBack() {
        List<MetadataRecord> decoded = new ArrayList<>();
        for (String line : GOLDEN) {
            int space = line.indexOf(' ');
            decoded.add(MetadataRecordCodec.decode(
                    ByteBuffer.wrap(HexFormat.of().parseHex(line.substring(0, space))),
                    ByteBuffer.wrap(HexFormat.of().parseHex(line.substring(space + 1)))));
        }
        assertEquals(oneOfEach(), decoded);
    }

    @Test
    void aBatchHoldsTheRecordsInOrder() {
        MemoryRecords batch = MetadataRecordCodec.toBatch(oneOfEach(), 0, 77);
        List<MetadataRecord> decoded = new ArrayList<>();
        for (Record record : batch.records()) {
            assertEquals(77, record.timestamp());
            decoded.add(MetadataRecordCodec.decode(record));
        }
        assertEquals(oneOfEach(), decoded);
    }

    @Test
    void aBatchCountsOnlyWhereItWasDecidedFor() {
        for (long landed : List.of(39L, 40L, 41L)) {
            MemoryRecords batch = MetadataRecordCodec.toBatch(oneOfEach(), 40, 77);
            batch.batches()
                    .forEach(each -> each.setLastOffset(landed + oneOfEach().size() - 1));
            batch.batches().forEach(each -> assertEquals(landed == 40, MetadataRecordCodec.isInPlace(each)));
        }
    }

    @Test
    void unknownTypesAndVersionsAreRefused() {
        ByteBuffer key = MetadataRecordCodec.encodeKey(oneOfEach().getFirst());
        ByteBuffer value = MetadataRecordCodec.encodeValue(oneOfEach().getFirst());
        ByteBuffer otherKey = ByteBuffer.wrap(HexFormat.of().parseHex(hex(key)));
        otherKey.putShort(0, (short) 99);
        assertThrows(SchemaException.class, () -> MetadataRecordCodec.decode(otherKey, value));
        ByteBuffer otherValue = ByteBuffer.wrap(HexFormat.of().parseHex(hex(value)));
        otherValue.putShort(0, (short) 1);
        assertThrows(SchemaException.class, () -> MetadataRecordCodec.decode(key, otherValue));
    }

    @Property(tries = 500)
    void cutValuesAreRefusedWithoutHarm(@ForAll @Size(max = 64) byte[] garbage) {
        for (MetadataRecord record : oneOfEach()) {
            ByteBuffer key = MetadataRecordCodec.encodeKey(record);
            try {
                MetadataRecordCodec.decode(key, ByteBuffer.wrap(garbage));
            } catch (SchemaException | IllegalArgumentException e) {
                // refused: what matters is that nothing else happens
            }
        }
    }
}
