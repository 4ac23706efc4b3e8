package io.sampo.actors.sharding;

import io.sampo.actors.partition.PartitionLeader;
import io.sampo.actors.partition.Replica;
import io.sampo.actors.partition.ShardedMessage;
import java.io.NotSerializableException;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/// The few messages that travel through sharding. They have no content: the manifest is all. Manifests are never
/// used again for something else, so that nodes of different versions understand each other.
public final class EntityMessageSerializer extends SerializerWithStringManifest {
    private static final String START_REPLICA = "replica-start-1";
    private static final String WAKE_LEADER = "leader-wake-1";

    @Override
    public int identifier() {
        return 21_001;
    }

    @Override
    public String manifest(Object message) {
        return switch ((ShardedMessage) message) {
            case Replica.Start _ -> START_REPLICA;
            case PartitionLeader.Wake _ -> WAKE_LEADER;
        };
    }

    @Override
    public byte[] toBinary(Object message) {
        return new byte[0];
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        return switch (manifest) {
            case START_REPLICA -> Replica.Start.INSTANCE;
            case WAKE_LEADER -> PartitionLeader.Wake.INSTANCE;
            default -> throw new NotSerializableException("unknown manifest: " + manifest);
        };
    }
}
