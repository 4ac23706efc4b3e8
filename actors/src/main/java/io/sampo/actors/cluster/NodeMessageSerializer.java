package io.sampo.actors.cluster;

import io.sampo.actors.cluster.NodeMessage.Envelopes;
import io.sampo.actors.cluster.NodeMessage.Hello;
import io.sampo.actors.cluster.NodeMessage.Leader;
import io.sampo.actors.cluster.NodeMessage.LeaderMoved;
import io.sampo.actors.cluster.NodeMessage.Leaders;
import io.sampo.actors.cluster.NodeMessage.LeadersChanged;
import io.sampo.actors.cluster.NodeMessage.MoveLeader;
import io.sampo.actors.cluster.NodeMessage.ReplicasEnded;
import io.sampo.actors.cluster.NodeMessage.Standing;
import io.sampo.actors.cluster.NodeMessage.WantLeaders;
import io.sampo.actors.cluster.NodeMessage.WantStanding;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/// Messages between nodes as bytes. A manifest names a form for ever: a changed form gets another one, so that
/// nodes of
/// two releases understand each other.
///
/// Counts are checked against the bytes that are there before anything is allocated for them.
public final class NodeMessageSerializer extends SerializerWithStringManifest {
    private static final String HELLO = "hello-1";
    private static final String REPLICAS_ENDED = "replicas-ended-1";
    private static final String ENVELOPES = "envelopes-1";
    private static final String WANT_LEADERS = "want-leaders-1";
    private static final String LEADERS_CHANGED = "leaders-changed-1";
    private static final String LEADERS = "leaders-1";
    private static final String MOVE_LEADER = "move-leader-1";
    private static final String LEADER_MOVED = "leader-moved-1";
    private static final String WANT_STANDING = "want-standing-1";
    private static final String STANDING = "standing-1";

    private static final int MAX_PORT = 65_535;

    private final ExtendedActorSystem system;

    public NodeMessageSerializer(ExtendedActorSystem system) {
        this.system = system;
    }

    @Override
    public int identifier() {
        return 21_002;
    }

    @Override
    public String manifest(Object message) {
        return switch (message) {
            case Hello _ -> HELLO;
            case ReplicasEnded _ -> REPLICAS_ENDED;
            case Envelopes _ -> ENVELOPES;
            case WantLeaders _ -> WANT_LEADERS;
            case LeadersChanged _ -> LEADERS_CHANGED;
            case Leaders _ -> LEADERS;
            case MoveLeader _ -> MOVE_LEADER;
            case LeaderMoved _ -> LEADER_MOVED;
            case WantStanding _ -> WANT_STANDING;
            case Standing _ -> STANDING;
            default -> throw new IllegalArgumentException("no message between nodes: " + message.getClass());
        };
    }

    @Override
    public byte[] toBinary(Object message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(message, out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private void write(Object message, DataOutputStream out) throws IOException {
        switch (message) {
            case Hello hello -> {
                out.writeInt(hello.nodeId());
                out.writeUTF(hello.replicationHost());
                out.writeInt(hello.replicationPort());
                out.writeLong(hello.leadersVersion());
                out.writeLong(hello.processId());
                out.writeLong(hello.replicaEnds());
                out.writeInt(hello.hears().size());
                for (Map.Entry<Integer, Long> heard : hello.hears().entrySet()) {
                    out.writeInt(heard.getKey());
                    out.writeLong(heard.getValue());
                }
            }
            case ReplicasEnded ended -> {
                out.writeInt(ended.nodeId());
                out.writeLong(ended.processId());
                out.writeLong(ended.before());
                out.writeInt(ended.ids().size());
                for (PartitionId id : ended.ids()) {
                    writePartition(id, out);
                }
            }
            case Envelopes envelopes -> {
                out.writeInt(envelopes.envelopes().size());
                for (byte[] envelope : envelopes.envelopes()) {
                    out.writeInt(envelope.length);
                    out.write(envelope);
                }
            }
            case WantLeaders want -> out.writeInt(want.nodeId());
            case LeadersChanged changed -> {
                out.writeInt(changed.nodeId());
                out.writeLong(changed.version());
                writeLeaders(changed.changes(), out);
            }
            case Leaders all -> {
                out.writeInt(all.nodeId());
                out.writeLong(all.version());
                out.writeInt(all.part());
                out.writeInt(all.parts());
                writeLeaders(all.leaders(), out);
            }
            case MoveLeader move -> {
                writePartition(move.id(), out);
                out.writeInt(move.targetNodeId());
                out.writeUTF(ActorRefResolver.get(Adapter.toTyped(system)).toSerializationFormat(move.replyTo()));
            }
            case LeaderMoved moved -> {
                out.writeBoolean(moved.moved());
                out.writeUTF(moved.reason());
            }
            case WantStanding want -> {
                writePartition(want.id(), out);
                out.writeUTF(ActorRefResolver.get(Adapter.toTyped(system)).toSerializationFormat(want.replyTo()));
            }
            case Standing standing -> writeStanding(standing, out);
            default -> throw new IllegalArgumentException("no message between nodes: " + message.getClass());
        }
    }

    private static void writeStanding(Standing said, DataOutputStream out) throws IOException {
        out.writeBoolean(said.standing().isPresent());
        if (said.standing().isPresent()) {
            ReplicaStanding standing = said.standing().get();
            out.writeInt(standing.replica().nodeId());
            writeUuid(standing.replica().directoryId(), out);
            out.writeInt(standing.key().lastEpoch());
            out.writeLong(standing.key().logEndOffset());
            out.writeInt(standing.promisedEpoch());
            out.writeBoolean(standing.suspect());
            out.writeBoolean(standing.hasLeader());
        }
    }

    private static Standing readStanding(DataInputStream in) throws IOException {
        if (!in.readBoolean()) {
            return new Standing(Optional.empty());
        }
        return new Standing(Optional.of(new ReplicaStanding(
                new ReplicaId(in.readInt(), readUuid(in)),
                new LogKey(in.readInt(), in.readLong()),
                in.readInt(),
                in.readBoolean(),
                in.readBoolean())));
    }

    private static void writeLeaders(List<Leader> leaders, DataOutputStream out) throws IOException {
        out.writeInt(leaders.size());
        for (Leader leader : leaders) {
            writePartition(leader.id(), out);
            out.writeInt(leader.leaderEpoch());
            Leadership leadership = leader.leadership();
            out.writeBoolean(leadership != null);
            if (leadership != null) {
                out.writeInt(leadership.nodeId());
                writeNodes(leadership.inSyncReplicas(), out);
                writeNodes(leadership.offlineReplicas(), out);
                out.writeInt(leadership.voters().size());
                for (ReplicaId voter : leadership.voters()) {
                    out.writeInt(voter.nodeId());
                    writeUuid(voter.directoryId(), out);
                }
            }
        }
    }

    private static void writeNodes(List<Integer> nodes, DataOutputStream out) throws IOException {
        out.writeInt(nodes.size());
        for (int node : nodes) {
            out.writeInt(node);
        }
    }

    private static void writePartition(PartitionId id, DataOutputStream out) throws IOException {
        writeUuid(id.topicId(), out);
        out.writeInt(id.partition());
    }

    private static void writeUuid(Uuid uuid, DataOutputStream out) throws IOException {
        out.writeLong(uuid.getMostSignificantBits());
        out.writeLong(uuid.getLeastSignificantBits());
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return read(manifest, in);
        } catch (IOException | RuntimeException malformed) {
            throw new NotSerializableException("malformed " + manifest + ": " + malformed);
        }
    }

    private Object read(String manifest, DataInputStream in) throws IOException {
        return switch (manifest) {
            case HELLO ->
                new Hello(
                        in.readInt(),
                        in.readUTF(),
                        port(in.readInt()),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        readHeard(in));
            case REPLICAS_ENDED -> new ReplicasEnded(in.readInt(), in.readLong(), in.readLong(), readPartitions(in));
            case ENVELOPES -> {
                int count = count(in, Integer.BYTES);
                List<byte[]> envelopes = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    envelopes.add(in.readNBytes(count(in, 1)));
                }
                yield new Envelopes(envelopes);
            }
            case WANT_LEADERS -> new WantLeaders(in.readInt());
            case LEADERS_CHANGED -> new LeadersChanged(in.readInt(), in.readLong(), readLeaders(in));
            case LEADERS -> {
                Leaders leaders = new Leaders(in.readInt(), in.readLong(), in.readInt(), in.readInt(), readLeaders(in));
                if (leaders.part() < 0 || leaders.part() >= leaders.parts()) {
                    throw new IOException("part " + leaders.part() + " of " + leaders.parts());
                }
                yield leaders;
            }
            case MOVE_LEADER ->
                new MoveLeader(
                        readPartition(in),
                        in.readInt(),
                        ActorRefResolver.get(Adapter.toTyped(system)).resolveActorRef(in.readUTF()));
            case LEADER_MOVED -> new LeaderMoved(in.readBoolean(), in.readUTF());
            case WANT_STANDING ->
                new WantStanding(
                        readPartition(in),
                        ActorRefResolver.get(Adapter.toTyped(system)).resolveActorRef(in.readUTF()));
            case STANDING -> readStanding(in);
            default -> throw new IOException("unknown manifest");
        };
    }

    private static List<PartitionId> readPartitions(DataInputStream in) throws IOException {
        int count = count(in, 20);
        List<PartitionId> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(readPartition(in));
        }
        return ids;
    }

    private static Map<Integer, Long> readHeard(DataInputStream in) throws IOException {
        int count = count(in, Integer.BYTES + Long.BYTES);
        Map<Integer, Long> heard = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            heard.put(in.readInt(), in.readLong());
        }
        return heard;
    }

    private static int port(int port) throws IOException {
        if (port < 1 || port > MAX_PORT) {
            throw new IOException("port " + port);
        }
        return port;
    }

    /// @param elementBytes each element takes at least so many
    private static int count(DataInputStream in, int elementBytes) throws IOException {
        int count = in.readInt();
        if (count < 0 || (long) count * elementBytes > in.available()) {
            throw new IOException(count + " elements in " + in.available() + " bytes");
        }
        return count;
    }

    private static List<Leader> readLeaders(DataInputStream in) throws IOException {
        int count = count(in, 25);
        List<Leader> leaders = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            PartitionId id = readPartition(in);
            int leaderEpoch = in.readInt();
            Leadership leadership = null;
            if (in.readBoolean()) {
                int nodeId = in.readInt();
                List<Integer> inSync = readNodes(in);
                List<Integer> offline = readNodes(in);
                int voterCount = count(in, 20);
                List<ReplicaId> voters = new ArrayList<>(voterCount);
                for (int voter = 0; voter < voterCount; voter++) {
                    voters.add(new ReplicaId(in.readInt(), readUuid(in)));
                }
                leadership = new Leadership(nodeId, leaderEpoch, inSync, offline, voters);
            }
            leaders.add(new Leader(id, leaderEpoch, leadership));
        }
        return leaders;
    }

    private static List<Integer> readNodes(DataInputStream in) throws IOException {
        int count = count(in, Integer.BYTES);
        List<Integer> nodes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            nodes.add(in.readInt());
        }
        return nodes;
    }

    private static PartitionId readPartition(DataInputStream in) throws IOException {
        return new PartitionId(readUuid(in), in.readInt());
    }

    private static Uuid readUuid(DataInputStream in) throws IOException {
        return new Uuid(in.readLong(), in.readLong());
    }
}
