package io.sampo.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sampo.actors.cluster.NodeMessage;
import io.sampo.actors.cluster.NodeMessageSerializer;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/// Takes everything out of what the messengers of some nodes say, while membership goes on: as if the connection
/// for
/// ordinary messages had broken in this one direction and nobody noticed. Messages to a silenced node arrive.
public final class SilencedMessengers extends SerializerWithStringManifest {
    private static final Set<Integer> SILENCED = ConcurrentHashMap.newKeySet();
    private static final NodeMessage NOTHING = new NodeMessage.Envelopes(List.of());

    private final NodeMessageSerializer messages;
    private final boolean isNode;
    private final int nodeId;

    public SilencedMessengers(ExtendedActorSystem system) {
        this.messages = new NodeMessageSerializer(system);
        List<String> roles = system.settings().config().getStringList("pekko.cluster.roles");
        this.isNode = !roles.isEmpty();
        this.nodeId = isNode ? Integer.parseInt(roles.getFirst().replace("sampo-node-", "")) : -1;
    }

    static Config config() {
        return ConfigFactory.parseString(
                "pekko.actor.serializers.sampo-node = \"" + SilencedMessengers.class.getName() + "\"");
    }

    static void silence(int nodeId) {
        SILENCED.add(nodeId);
    }

    static void silenceNobody() {
        SILENCED.clear();
    }

    private Object said(Object message) {
        return isNode && SILENCED.contains(nodeId) ? NOTHING : message;
    }

    @Override
    public int identifier() {
        return messages.identifier();
    }

    @Override
    public String manifest(Object message) {
        return messages.manifest(said(message));
    }

    @Override
    public byte[] toBinary(Object message) {
        return messages.toBinary(said(message));
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        return messages.fromBinary(bytes, manifest);
    }
}
