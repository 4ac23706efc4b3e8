package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.connection.ClusterView.Topic;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class MetadataMergeTest {

    private static final short WITH_EPOCHS = 12;
    private static final short WITHOUT_RELIABLE_EPOCHS = 8;
    private static final Uuid ID = new Uuid(1, 1);
    private static final Uuid OTHER_ID = new Uuid(2, 2);
    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private static MetadataResponseData answer(MetadataResponseTopic... topics) {
        MetadataResponseData data = new MetadataResponseData().setClusterId("c");
        for (int id = 1; id <= 2; id++) {
            data.brokers()
                    .add(new MetadataResponseBroker()
                            .setNodeId(id)
                            .setHost("h" + id)
                            .setPort(9092));
        }
        for (MetadataResponseTopic topic : topics) {
            data.topics().add(topic);
        }
        return data;
    }

    private static MetadataResponseTopic topic(Uuid id, MetadataResponsePartition... partitions) {
        return new MetadataResponseTopic().setName("t").setTopicId(id).setPartitions(List.of(partitions));
    }

    private static MetadataResponsePartition partition(int index, int leader, int epoch) {
        return new MetadataResponsePartition()
                .setPartitionIndex(index)
                .setLeaderId(leader)
                .setLeaderEpoch(epoch)
                .setReplicaNodes(List.of(1, 2));
    }

    private static ClusterView merge(ClusterView known, MetadataResponseData answer) {
        return MetadataMerge.merge(known, Set.of("t"), new MetadataResponse(answer, WITH_EPOCHS));
    }

    @Test
    void partitionsAreInTheirOrderWhateverTheAnswersIs() {
        ClusterView view = merge(ClusterView.EMPTY, answer(topic(ID, partition(2, 1, 5), partition(0, 2, 3))));

        List<ClusterView.Partition> partitions = view.topic("t").orElseThrow().partitions();
        assertEquals(
                List.of(0, 1, 2),
                partitions.stream().map(ClusterView.Partition::index).toList());
        assertEquals(OptionalInt.of(2), partitions.get(0).leader());
        assertEquals(OptionalInt.empty(), partitions.get(1).leader());
        assertEquals(5, partitions.get(2).leaderEpoch());
        assertEquals(Optional.of("c"), view.clusterId());
        assertEquals(Set.of(1, 2), view.nodes().keySet());
    }

    @Test
    void anOlderLeaderEpochIsNotBelieved() {
        ClusterView known = merge(ClusterView.EMPTY, answer(topic(ID, partition(0, 1, 7))));

        assertEquals(
                OptionalInt.of(1),
                merge(known, answer(topic(ID, partition(0, 2, 6)))).leader(T0));
        assertEquals(
                OptionalInt.of(2),
                merge(known, answer(topic(ID, partition(0, 2, 7)))).leader(T0));
        assertEquals(
                OptionalInt.of(2),
                merge(known, answer(topic(ID, partition(0, 2, 8)))).leader(T0));
    }

    @Test
    void aTopicThatWasMadeAnewBeginsWithItsOwnEpochs() {
        ClusterView known = merge(ClusterView.EMPTY, answer(topic(ID, partition(0, 1, 7))));

        ClusterView view = merge(known, answer(topic(OTHER_ID, partition(0, 2, 0))));

        assertEquals(OptionalInt.of(2), view.leader(T0));
        assertEquals(OTHER_ID, view.topic("t").orElseThrow().id());
    }

    @Test
    void epochsOfOldBrokersDoNotCount() {
        ClusterView known = merge(ClusterView.EMPTY, answer(topic(ID, partition(0, 1, 7))));

        ClusterView view = MetadataMerge.merge(
                known,
                Set.of("t"),
                new MetadataResponse(answer(topic(ID, partition(0, 2, 3))), WITHOUT_RELIABLE_EPOCHS));

        assertEquals(OptionalInt.of(2), view.leader(T0));
        assertEquals(-1, view.partition(T0).orElseThrow().leaderEpoch());
    }

    @Test
    void aTopicsErrorReplacesWhatWasKnownAndOtherTopicsStay() {
        ClusterView known = merge(ClusterView.EMPTY, answer(topic(ID, partition(0, 1, 7))));

        ClusterView untouched = merge(known, answer());
        ClusterView failed = merge(known, answer(topic(ID).setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())));

        assertEquals(OptionalInt.of(1), untouched.leader(T0));
        Topic topic = failed.topic("t").orElseThrow();
        assertEquals(Errors.TOPIC_AUTHORIZATION_FAILED, topic.error());
        assertEquals(List.of(), topic.partitions());
    }

    @Test
    void aLeaderThatIsNoNodeOfTheAnswerLeadsNothing() {
        assertEquals(
                OptionalInt.empty(),
                merge(ClusterView.EMPTY, answer(topic(ID, partition(0, 9, 1)))).leader(T0));
    }

    @Test
    void aTopicThatWasNotAskedForAnyMoreIsForgotten() {
        ClusterView known = merge(ClusterView.EMPTY, answer(topic(ID, partition(0, 1, 7))));

        ClusterView view = MetadataMerge.merge(known, Set.of("u"), new MetadataResponse(answer(), WITH_EPOCHS));

        assertEquals(Optional.empty(), view.topic("t"));
        assertEquals(Set.of(1, 2), view.nodes().keySet());
    }
}
