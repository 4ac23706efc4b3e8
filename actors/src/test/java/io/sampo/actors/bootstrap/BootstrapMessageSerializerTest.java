package io.sampo.actors.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.core.cluster.BootstrapMessage;
import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.BootstrapStatus;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class BootstrapMessageSerializerTest {
    private final BootstrapMessageSerializer serializer = new BootstrapMessageSerializer();
    private final Genesis.Voter node =
            new Genesis.Voter(3, Uuid.randomUuid(), Uuid.randomUuid(), "node-3.example.org", 65_535);
    private final Genesis genesis = new Genesis("cluster", List.of(node, node));
    private final List<NodeAddress> addresses = List.of(node.address(), new NodeAddress("::1", 1));

    private final List<BootstrapMessage> messages = List.of(
            new BootstrapMessage.Ask(node.address(), Long.MAX_VALUE),
            new BootstrapMessage.Answer(
                    new BootstrapStatus(node, addresses, BootstrapState.Blank.INSTANCE, List.of(), false), 1),
            new BootstrapMessage.Answer(
                    new BootstrapStatus(node, List.of(), new BootstrapState.Proposed(2, genesis), addresses, true), 2),
            new BootstrapMessage.Answer(
                    new BootstrapStatus(node, List.of(), new BootstrapState.Member(genesis), addresses, true), 3),
            new BootstrapMessage.Joined(node.address()),
            new BootstrapMessage.Propose(node.address(), new BootstrapState.Proposed(2, genesis)),
            new BootstrapMessage.Accepted(node, new BootstrapState.Proposed(2, genesis)),
            new BootstrapMessage.Confirmed(genesis),
            new BootstrapMessage.NodeIdWanted(node, "cluster"),
            new BootstrapMessage.NodeIdAnswer(Genesis.Voter.UNASSIGNED, "no"));

    @Test
    void everyMessageComesBackAsItWas() throws NotSerializableException {
        for (BootstrapMessage message : messages) {
            assertEquals(message, serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message)));
        }
    }

    @Test
    void whatIsCutAnywhereIsRefused() {
        for (BootstrapMessage message : messages) {
            byte[] bytes = serializer.toBinary(message);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(
                        NotSerializableException.class, () -> serializer.fromBinary(cut, serializer.manifest(message)));
            }
        }
    }

    @Test
    void aMessageOfALaterVersionIsRefused() {
        assertThrows(NotSerializableException.class, () -> serializer.fromBinary(new byte[0], "ask-2"));
    }
}
