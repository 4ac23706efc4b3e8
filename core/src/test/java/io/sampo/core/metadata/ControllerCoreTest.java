package io.sampo.core.metadata;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialDeletion;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialUpsertion;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramCredentialUtils;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.junit.jupiter.api.Test;

class ControllerCoreTest {

    @Test
    void theFirstNodeFoundsTheCluster() {
        Cluster cluster = new Cluster(0, Map.of());
        var first = cluster.tell(new ControllerCommand.RegisterNode(Cluster.node(1), "c1"));
        assertEquals("c1", first.clusterId());
        assertEquals(new MetadataRecord.ClusterCreated("c1"), cluster.lastRecords.getFirst());
        var second = cluster.tell(new ControllerCommand.RegisterNode(Cluster.node(2), "c2"));
        assertEquals("c1", second.clusterId(), "a later node joins the cluster that is there");
        assertEquals(List.of(1, 2), List.copyOf(cluster.image.nodes().keySet()));
        cluster.tell(new ControllerCommand.RegisterNode(Cluster.node(2), "c3"));
        assertEquals(List.of(), cluster.lastRecords, "the same node again changes nothing");
    }

    @Test
    void aNodeIdBelongsToOneDataDirectory() {
        Cluster cluster = new Cluster(1, Map.of());
        NodeImage stranger = new NodeImage(1, new Uuid(5, 5), new Uuid(5, 6), null, List.of());
        var answer = cluster.tell(new ControllerCommand.RegisterNode(stranger, "x"));
        assertEquals(Errors.DUPLICATE_BROKER_REGISTRATION, answer.error());
        assertEquals(Cluster.node(1), cluster.image.nodes().get(1));
    }

    @Test
    void anIdWhoseDirectoryIsLostCanBeTakenOverOnPurpose() {
        Cluster cluster = new Cluster(1, Map.of());
        NodeImage replacement = new NodeImage(1, new Uuid(5, 5), new Uuid(5, 6), null, List.of());
        var answer = cluster.tell(new ControllerCommand.RegisterNode(replacement, "x", true));
        assertEquals(Errors.NONE, answer.error());
        assertEquals(replacement, cluster.image.nodes().get(1));
    }

    @Test
    void aNodeWithoutAnIdGetsTheNextOne() {
        Cluster cluster = new Cluster(3, Map.of());
        NodeImage joiner = new NodeImage(-1, new Uuid(5, 5), new Uuid(5, 6), "r", List.of());
        assertEquals(
                4, cluster.tell(new ControllerCommand.RegisterNode(joiner, "x")).nodeId());
        assertEquals(
                4, cluster.tell(new ControllerCommand.RegisterNode(joiner, "x")).nodeId(), "asked again");
        assertEquals("r", requireNonNull(cluster.image.nodes().get(4)).rack());
        unregister(cluster, 4);
        NodeImage next = new NodeImage(-1, new Uuid(5, 7), new Uuid(5, 8), null, List.of());
        assertEquals(
                5, cluster.tell(new ControllerCommand.RegisterNode(next, "x")).nodeId(), "ids are not reused");
    }

    private static Errors unregister(Cluster cluster, int nodeId) {
        return Errors.forCode(cluster.tell(
                        new ControllerCommand.UnregisterNode(new UnregisterBrokerRequestData().setBrokerId(nodeId)))
                .errorCode());
    }

    @Test
    void aNodeIsUnregisteredOnce() {
        Cluster cluster = new Cluster(3, Map.of());
        cluster.create("t", 3, 3);
        assertEquals(Errors.NONE, unregister(cluster, 3));
        assertEquals(Set.of(1, 2), cluster.image.nodes().keySet());
        assertEquals(3, cluster.image.partitionsOn(3).size(), "as in Kafka its replicas stay assigned");
        assertEquals(Errors.BROKER_ID_NOT_REGISTERED, unregister(cluster, 3));
    }

    @Test
    void producerIdBlocksNeverOverlap() {
        Cluster cluster = new Cluster(2, Map.of());
        long next = 0;
        for (int i = 0; i < 5; i++) {
            var block = cluster.tell(new ControllerCommand.AllocateProducerIds(1 + i % 2));
            assertEquals(next, block.firstProducerId());
            assertEquals(1000, block.count());
            next += 1000;
        }
        assertEquals(next, cluster.image.nextProducerId());
    }

    private static ScramCredentialUpsertion upsertion(String user, int mechanism, int iterations) {
        return new ScramCredentialUpsertion()
                .setName(user)
                .setMechanism((byte) mechanism)
                .setIterations(iterations)
                .setSalt("salt".getBytes(StandardCharsets.UTF_8))
                .setSaltedPassword("salted".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void errorsOfScramCredentials() {
        Cluster cluster = new Cluster(1, Map.of());
        AlterUserScramCredentialsRequestData request = new AlterUserScramCredentialsRequestData();
        request.upsertions().add(upsertion("ok", 1, 4096));
        request.upsertions().add(upsertion("ok", 2, 8192));
        request.upsertions().add(upsertion("weak", 1, 4095));
        request.upsertions().add(upsertion("strong", 1, 16_385));
        request.upsertions().add(upsertion("odd", 9, 4096));
        request.upsertions().add(upsertion("", 1, 4096));
        request.upsertions().add(upsertion("twice", 1, 4096));
        request.upsertions().add(upsertion("twice", 1, 4096));
        request.deletions().add(new ScramCredentialDeletion().setName("nobody").setMechanism((byte) 1));
        Map<String, Errors> errors = new HashMap<>();
        cluster.tell(new ControllerCommand.AlterScramCredentials(request))
                .results()
                .forEach(result -> errors.put(result.user(), Errors.forCode(result.errorCode())));
        assertEquals(
                Map.of(
                        "ok", Errors.NONE,
                        "weak", Errors.UNACCEPTABLE_CREDENTIAL,
                        "strong", Errors.UNACCEPTABLE_CREDENTIAL,
                        "odd", Errors.UNSUPPORTED_SASL_MECHANISM,
                        "", Errors.UNACCEPTABLE_CREDENTIAL,
                        "twice", Errors.DUPLICATE_RESOURCE,
                        "nobody", Errors.RESOURCE_NOT_FOUND),
                errors);
        assertEquals(2, cluster.image.scramCredentials().size());
    }

    @Test
    void aStoredScramCredentialChecksThePassword() throws Exception {
        ScramFormatter formatter = new ScramFormatter(ScramMechanism.SCRAM_SHA_256);
        byte[] salt = "some salt".getBytes(StandardCharsets.UTF_8);
        Cluster cluster = new Cluster(1, Map.of());
        AlterUserScramCredentialsRequestData request = new AlterUserScramCredentialsRequestData();
        request.upsertions()
                .add(upsertion("ann", 1, 4096)
                        .setSalt(salt)
                        .setSaltedPassword(formatter.saltedPassword("pw", salt, 4096)));
        cluster.tell(new ControllerCommand.AlterScramCredentials(request));
        ScramCredential stored = ScramCredentialUtils.credentialFromString(
                requireNonNull(requireNonNull(cluster.image.scramCredentials().get("SCRAM-SHA-256"))
                        .get("ann")));
        byte[] clientKey = formatter.clientKey(formatter.saltedPassword("pw", stored.salt(), stored.iterations()));
        assertArrayEquals(formatter.storedKey(clientKey), stored.storedKey());
    }

    /// Creating and deleting at random: the image built by replaying the stored batches is the one that the
    /// decisions built, and an image once made never changes.
    @Property(tries = 200)
    void replayGivesTheSameImage(@ForAll @Size(max = 40) List<@IntRange(min = 0, max = 19) Integer> steps) {
        Cluster cluster = new Cluster(2, Map.of());
        List<MetadataRecord> log = new ArrayList<>();
        List<MetadataImage> images = new ArrayList<>();
        List<String> pictures = new ArrayList<>();
        MetadataImage start = cluster.image;
        for (int step : steps) {
            String name = "t" + step % 10;
            if (step < 10) {
                cluster.create(Cluster.config(Cluster.topic(name, 1 + step, 1 + step % 2), "retention.ms", "1" + step));
            } else {
                cluster.tell(
                        new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of(name))));
            }
            if (!cluster.lastRecords.isEmpty()) {
                MetadataRecordCodec.toBatch(cluster.lastRecords, 0, 1)
                        .records()
                        .forEach(record -> log.add(MetadataRecordCodec.decode(record)));
            }
            images.add(cluster.image);
            pictures.add(cluster.image.toString());
        }
        assertEquals(cluster.image, MetadataDelta.apply(start, log, start.offset() + log.size()));
        for (int i = 0; i < images.size(); i++) {
            assertEquals(pictures.get(i), images.get(i).toString());
        }
    }
}
