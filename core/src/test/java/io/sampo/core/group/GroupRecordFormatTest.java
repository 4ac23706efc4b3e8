package io.sampo.core.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The golden bytes were written by the group coordinator of Apache Kafka 4.3.1.
class GroupRecordFormatTest {
    private static final String OFFSET_KEY = "00010002673100066f726465727300000003";
    private static final String GROUP_KEY = "000200026731";
    private static final String OFFSET_VALUE_4 = "0004000000000000002a00000007056e6f74650000018bcfe5680000";
    private static final String OFFSET_VALUE_4_WITH_TOPIC_ID =
            "0004000000000000002a00000007056e6f74650000018bcfe5680001001000000000000000010000000000000002";
    private static final String OFFSET_VALUE_1 = "0001000000000000002a00046e6f74650000018bcfe568000000018bcfe65260";
    private static final String GROUP_VALUE_3 =
            "00030008636f6e73756d657200000005000572616e676500036d2d310000018bcfe568000000000100036d2d310003692d31"
                    + "000163000a2f3132372e302e302e31000493e00000afc80000000201020000000103";
    private static final String EMPTY_GROUP_VALUE_3 = "0003000000000000ffffffff000000000000000100000000";
    private static final long TIMESTAMP = 1_700_000_000_000L;

    @Test
    void writesWhatKafkaWrites() {
        assertGolden(OFFSET_KEY, OFFSET_VALUE_4, commit(-1, Uuid.ZERO_UUID));
        assertGolden(OFFSET_KEY, OFFSET_VALUE_4_WITH_TOPIC_ID, commit(-1, new Uuid(1, 2)));
        assertGolden(OFFSET_KEY, OFFSET_VALUE_1, commit(TIMESTAMP + 60_000, Uuid.ZERO_UUID));
        assertGolden(GROUP_KEY, GROUP_VALUE_3, group(300_000, "i-1", TIMESTAMP));
        assertGolden(
                GROUP_KEY,
                EMPTY_GROUP_VALUE_3,
                new GroupRecord.GroupMetadata("g1", new GroupRecord.Generation("", 0, null, null, 1, List.of())));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0000000000000000002a00046e6f74650000018bcfe56800, -1",
        "2, 0002000000000000002a00046e6f74650000018bcfe56800, -1",
        "3, 0003000000000000002a0000000700046e6f74650000018bcfe56800, 7",
        "4, " + OFFSET_VALUE_4 + ", 7",
    })
    void readsEveryVersionOfAnOffset(int version, String value, int leaderEpoch) {
        GroupRecord.OffsetCommit read = (GroupRecord.OffsetCommit) parse(OFFSET_KEY, value);
        assertEquals("g1", read.groupId());
        assertEquals("orders", read.topic());
        assertEquals(3, read.partition());
        assertEquals(new CommittedOffset(42, leaderEpoch, "note", TIMESTAMP, -1, Uuid.ZERO_UUID), read.value());
    }

    @Test
    void readsTheExpireTimestampAndTheTopicId() {
        CommittedOffset expiring = ((GroupRecord.OffsetCommit) parse(OFFSET_KEY, OFFSET_VALUE_1)).value();
        assertNotNull(expiring);
        assertEquals(TIMESTAMP + 60_000, expiring.expireTimestampMs());
        CommittedOffset withId = ((GroupRecord.OffsetCommit) parse(OFFSET_KEY, OFFSET_VALUE_4_WITH_TOPIC_ID)).value();
        assertNotNull(withId);
        assertEquals(new Uuid(1, 2), withId.topicId());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 00000008636f6e73756d657200000005000572616e676500036d2d310000000100036d2d31000163000a2f3132372e302e302e"
                + "310000afc80000000201020000000103",
        "1, 00010008636f6e73756d657200000005000572616e676500036d2d310000000100036d2d31000163000a2f3132372e302e302e"
                + "31000493e00000afc80000000201020000000103",
        "2, 00020008636f6e73756d657200000005000572616e676500036d2d310000018bcfe568000000000100036d2d31000163000a2f"
                + "3132372e302e302e31000493e00000afc80000000201020000000103",
        "3, " + GROUP_VALUE_3,
        "4, 000409636f6e73756d6572000000050672616e6765046d2d310000018bcfe5680002046d2d3104692d3102630b2f3132372e30"
                + "2e302e31000493e00000afc803010202030000",
    })
    void readsEveryVersionOfAGroup(int version, String value) {
        GroupRecord.GroupMetadata read = (GroupRecord.GroupMetadata) parse(GROUP_KEY, value);
        GroupRecord.GroupMetadata expected =
                group(version >= 1 ? 300_000 : -1, version >= 3 ? "i-1" : null, version >= 2 ? TIMESTAMP : -1);
        assertArrayEquals(bytes(GroupRecordFormat.value(expected)), bytes(GroupRecordFormat.value(read)));
    }

    @Test
    void aTombstoneHasNoValue() {
        GroupRecord tombstone = new GroupRecord.OffsetCommit("g1", "orders", 3, null);
        assertNull(GroupRecordFormat.value(tombstone));
        assertEquals(Optional.of(tombstone), GroupRecordFormat.parse(ByteBuffer.wrap(hex(OFFSET_KEY)), null));
    }

    @Test
    void keysOfNewerReleasesAreIgnored() {
        assertEquals(
                Optional.empty(),
                GroupRecordFormat.parse(ByteBuffer.wrap(hex("000300026731")), ByteBuffer.wrap(hex("0000"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0005000000000000002a", "ffff", "0003", "00", "", "000400000000"})
    void valuesThatCannotBeReadAreLoud(String value) {
        assertThrows(GroupRecordFormat.UnreadableRecord.class, () -> parse(OFFSET_KEY, value));
        assertThrows(GroupRecordFormat.UnreadableRecord.class, () -> parse(GROUP_KEY, value));
    }

    @Property(tries = 500)
    void garbageIsEitherIgnoredOrLoud(@ForAll @Size(max = 40) byte[] key, @ForAll @Size(max = 60) byte[] value) {
        try {
            GroupRecordFormat.parse(ByteBuffer.wrap(key), ByteBuffer.wrap(value));
        } catch (GroupRecordFormat.UnreadableRecord expected) {
            assertTrue(expected.getMessage() != null);
        }
    }

    private static GroupRecord.OffsetCommit commit(long expireTimestampMs, Uuid topicId) {
        return new GroupRecord.OffsetCommit(
                "g1", "orders", 3, new CommittedOffset(42, 7, "note", TIMESTAMP, expireTimestampMs, topicId));
    }

    private static GroupRecord.GroupMetadata group(int rebalanceTimeoutMs, @Nullable String instanceId, long stateMs) {
        return new GroupRecord.GroupMetadata(
                "g1",
                new GroupRecord.Generation(
                        "consumer",
                        5,
                        "range",
                        "m-1",
                        stateMs,
                        List.of(new GroupRecord.MemberMetadata(
                                "m-1",
                                instanceId,
                                "c",
                                "/127.0.0.1",
                                rebalanceTimeoutMs,
                                45_000,
                                new byte[] {1, 2},
                                new byte[] {3}))));
    }

    private static void assertGolden(String key, String value, GroupRecord record) {
        assertEquals(key, HexFormat.of().formatHex(bytes(GroupRecordFormat.key(record))));
        assertEquals(value, HexFormat.of().formatHex(bytes(GroupRecordFormat.value(record))));
    }

    private static GroupRecord parse(String key, String value) {
        return GroupRecordFormat.parse(ByteBuffer.wrap(hex(key)), ByteBuffer.wrap(hex(value)))
                .orElseThrow();
    }

    private static byte[] bytes(@Nullable ByteBuffer buffer) {
        assertNotNull(buffer);
        return Utils.toArray(buffer);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
