package io.sampo.core.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialUpsertion;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ControllerCommandCodecTest {
    private static final NodeImage NODE = new NodeImage(
            3, new Uuid(1, 2), new Uuid(3, 4), "rack", List.of(new NodeImage.Endpoint("PLAINTEXT", "host", 9092)));

    private static List<ControllerCommand<?>> commands() {
        CreateTopicsRequestData create =
                new CreateTopicsRequestData().setTimeoutMs(5).setValidateOnly(true);
        create.topics().add(Cluster.config(Cluster.topic("a", 3, 2), "retention.ms", "1"));
        create.topics().add(Cluster.assigned("b", List.of(List.of(1, 2), List.of(2, 1))));
        CreatePartitionsRequestData grow = new CreatePartitionsRequestData();
        grow.topics().add(new CreatePartitionsTopic().setName("a").setCount(9).setAssignments(null));
        IncrementalAlterConfigsRequestData alter = new IncrementalAlterConfigsRequestData();
        alter.resources()
                .add(new AlterConfigsResource().setResourceType((byte) 2).setResourceName("a"));
        AlterUserScramCredentialsRequestData scram = new AlterUserScramCredentialsRequestData();
        scram.upsertions()
                .add(new ScramCredentialUpsertion()
                        .setName("u")
                        .setMechanism((byte) 1)
                        .setIterations(4096)
                        .setSalt("s".getBytes(StandardCharsets.UTF_8))
                        .setSaltedPassword("p".getBytes(StandardCharsets.UTF_8)));
        AlterPartitionReassignmentsRequestData reassign =
                new AlterPartitionReassignmentsRequestData().setAllowReplicationFactorChange(false);
        reassign.topics()
                .add(new ReassignableTopic()
                        .setName("a")
                        .setPartitions(List.of(
                                new ReassignablePartition().setPartitionIndex(0).setReplicas(List.of(3, 1)),
                                new ReassignablePartition().setPartitionIndex(1).setReplicas(null))));
        return List.of(
                new ControllerCommand.RegisterNode(NODE, "c", true),
                new ControllerCommand.CreateTopics(create, List.of(new Uuid(5, 6), new Uuid(7, 8))),
                new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData()
                        .setTopics(List.of(
                                new DeleteTopicState().setName("a"),
                                new DeleteTopicState().setName(null).setTopicId(new Uuid(1, 1))))),
                new ControllerCommand.CreatePartitions(grow),
                new ControllerCommand.IncrementalAlterConfigs(alter),
                new ControllerCommand.AlterConfigs(new AlterConfigsRequestData().setValidateOnly(true)),
                new ControllerCommand.AlterScramCredentials(scram),
                new ControllerCommand.AllocateProducerIds(4),
                new ControllerCommand.UnregisterNode(new UnregisterBrokerRequestData().setBrokerId(2)),
                new ControllerCommand.AlterPartitionReassignments(reassign),
                new ControllerCommand.DescribeMetadataQuorum(),
                new ControllerCommand.ForceConfig(
                        new PartitionId(new Uuid(1, 2), 3), new ReplicaId(4, new Uuid(5, 6)), 7));
    }

    private static List<Object> responses() {
        CreateTopicsResponseData created = new CreateTopicsResponseData();
        created.topics()
                .add(new CreatableTopicResult()
                        .setName("a")
                        .setTopicId(new Uuid(1, 1))
                        .setNumPartitions(2)
                        .setReplicationFactor((short) 3));
        return List.of(
                new Registered(Errors.NONE, null, "c", 3),
                new Registered(Errors.DUPLICATE_BROKER_REGISTRATION, "taken", "", -1),
                created,
                new DeleteTopicsResponseData(),
                new CreatePartitionsResponseData(),
                new IncrementalAlterConfigsResponseData(),
                new AlterConfigsResponseData(),
                new AlterUserScramCredentialsResponseData(),
                new ProducerIdBlock(1000, 500),
                new UnregisterBrokerResponseData()
                        .setErrorCode(Errors.BROKER_ID_NOT_REGISTERED.code())
                        .setErrorMessage("none"),
                new AlterPartitionReassignmentsResponseData().setErrorMessage("m"),
                new DescribeQuorumResponseData().setErrorMessage("m"),
                new ControllerCommand.Forced(Errors.NONE, null, 1 << 20),
                new ControllerCommand.Forced(Errors.UNKNOWN_TOPIC_OR_PARTITION, "none", -1));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        for (ControllerCommand<?> command : commands()) {
            assertEquals(command, ControllerCommandCodec.decodeCommand(ControllerCommandCodec.encode(command)));
        }
        for (Object response : responses()) {
            assertEquals(
                    response, ControllerCommandCodec.decodeResponse(ControllerCommandCodec.encodeResponse(response)));
        }
    }

    @Test
    void topicsByNameOfOldClientsArriveAsTopics() {
        ControllerCommand<?> old =
                new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of("a", "b")));
        ControllerCommand<?> arrived = ControllerCommandCodec.decodeCommand(ControllerCommandCodec.encode(old));
        assertEquals(
                new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData()
                        .setTopics(List.of(new DeleteTopicState().setName("a"), new DeleteTopicState().setName("b")))),
                arrived);
    }

    @Test
    void whatBelongsToTheControllerAloneIsNotSent() {
        assertThrows(
                IllegalArgumentException.class,
                () -> ControllerCommandCodec.encode(new ControllerCommand.CompleteReassignments(List.of())));
        assertThrows(
                SerializationException.class,
                () -> ControllerCommandCodec.decodeCommand(ByteBuffer.wrap(new byte[] {0, 99})));
        assertThrows(
                SerializationException.class,
                () -> ControllerCommandCodec.decodeResponse(ByteBuffer.wrap(new byte[] {0, 99})));
    }

    @Property(tries = 500)
    void damageIsRefusedWithoutHarm(@ForAll @Size(max = 40) byte[] garbage) {
        for (short type = 0; type < 12; type++) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(2 + garbage.length).putShort(type).put(garbage);
            try {
                ControllerCommandCodec.decodeCommand(bytes.duplicate().flip());
                ControllerCommandCodec.decodeResponse(bytes.duplicate().flip());
            } catch (SerializationException e) {
                continue;
            } catch (RuntimeException e) {
                fail(e);
            }
        }
    }
}
