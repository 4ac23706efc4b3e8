package io.sampo.actors.bootstrap;

import io.sampo.core.cluster.BootstrapMessage;
import io.sampo.core.cluster.BootstrapMessage.Accepted;
import io.sampo.core.cluster.BootstrapMessage.Answer;
import io.sampo.core.cluster.BootstrapMessage.Ask;
import io.sampo.core.cluster.BootstrapMessage.Confirmed;
import io.sampo.core.cluster.BootstrapMessage.Joined;
import io.sampo.core.cluster.BootstrapMessage.NodeIdAnswer;
import io.sampo.core.cluster.BootstrapMessage.NodeIdWanted;
import io.sampo.core.cluster.BootstrapMessage.Propose;
import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.BootstrapState.Blank;
import io.sampo.core.cluster.BootstrapState.Member;
import io.sampo.core.cluster.BootstrapState.Proposed;
import io.sampo.core.cluster.BootstrapStatus;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/// [BootstrapMessage]s as bytes. The manifest is type and version; a version is never changed, a new one is added,
/// so
/// that nodes of different versions understand each other. Lists are bounded: these bytes come from anybody who
/// reaches the port.
public final class BootstrapMessageSerializer extends SerializerWithStringManifest {
    static final int MAX_LIST = 10_000;

    private static final String ASK = "ask-1";
    private static final String ANSWER = "answer-1";
    private static final String JOINED = "joined-1";
    private static final String PROPOSE = "propose-1";
    private static final String ACCEPTED = "accepted-1";
    private static final String CONFIRMED = "confirmed-1";
    private static final String NODE_ID_WANTED = "node-id-wanted-1";
    private static final String NODE_ID_ANSWER = "node-id-answer-1";

    private static final byte BLANK_STATE = 0;
    private static final byte PROPOSED_STATE = 1;
    private static final byte MEMBER_STATE = 2;

    @Override
    public int identifier() {
        return 21_010;
    }

    @Override
    public String manifest(Object message) {
        return switch ((BootstrapMessage) message) {
            case Ask _ -> ASK;
            case Answer _ -> ANSWER;
            case Joined _ -> JOINED;
            case Propose _ -> PROPOSE;
            case Accepted _ -> ACCEPTED;
            case Confirmed _ -> CONFIRMED;
            case NodeIdWanted _ -> NODE_ID_WANTED;
            case NodeIdAnswer _ -> NODE_ID_ANSWER;
        };
    }

    @Override
    public byte[] toBinary(Object message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, (BootstrapMessage) message);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, BootstrapMessage message) throws IOException {
        switch (message) {
            case Ask ask -> {
                writeAddress(out, ask.from());
                out.writeLong(ask.question());
            }
            case Answer answer -> {
                writeStatus(out, answer.status());
                out.writeLong(answer.question());
            }
            case Joined joined -> writeAddress(out, joined.from());
            case Propose propose -> {
                writeAddress(out, propose.from());
                writeState(out, propose.proposed());
            }
            case Accepted accepted -> {
                writeVoter(out, accepted.from());
                writeState(out, accepted.proposed());
            }
            case Confirmed confirmed -> writeGenesis(out, confirmed.genesis());
            case NodeIdWanted wanted -> {
                writeVoter(out, wanted.from());
                out.writeUTF(wanted.clusterId());
            }
            case NodeIdAnswer answer -> {
                out.writeInt(answer.nodeId());
                out.writeUTF(answer.problem());
            }
        }
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return switch (manifest) {
                case ASK -> new Ask(readAddress(in), in.readLong());
                case ANSWER -> new Answer(readStatus(in), in.readLong());
                case JOINED -> new Joined(readAddress(in));
                case PROPOSE -> new Propose(readAddress(in), readProposed(in));
                case ACCEPTED -> new Accepted(readVoter(in), readProposed(in));
                case CONFIRMED -> new Confirmed(readGenesis(in));
                case NODE_ID_WANTED -> new NodeIdWanted(readVoter(in), in.readUTF());
                case NODE_ID_ANSWER -> new NodeIdAnswer(in.readInt(), in.readUTF());
                default -> throw new NotSerializableException("unknown manifest: " + manifest);
            };
        } catch (IOException | IllegalArgumentException damaged) {
            throw new NotSerializableException("a bootstrap message that cannot be read: " + damaged.getMessage());
        }
    }

    private static void writeStatus(DataOutputStream out, BootstrapStatus status) throws IOException {
        writeVoter(out, status.self());
        writeAddresses(out, status.list());
        writeState(out, status.state());
        writeAddresses(out, status.members());
        out.writeBoolean(status.leaderKnown());
    }

    private static BootstrapStatus readStatus(DataInputStream in) throws IOException {
        return new BootstrapStatus(
                readVoter(in), readAddresses(in), readState(in), readAddresses(in), in.readBoolean());
    }

    private static void writeState(DataOutputStream out, BootstrapState state) throws IOException {
        switch (state) {
            case Blank _ -> out.writeByte(BLANK_STATE);
            case Proposed proposed -> {
                out.writeByte(PROPOSED_STATE);
                out.writeInt(proposed.round());
                writeGenesis(out, proposed.genesis());
            }
            case Member member -> {
                out.writeByte(MEMBER_STATE);
                writeGenesis(out, member.genesis());
            }
        }
    }

    private static BootstrapState readState(DataInputStream in) throws IOException {
        byte kind = in.readByte();
        return switch (kind) {
            case BLANK_STATE -> Blank.INSTANCE;
            case PROPOSED_STATE -> new Proposed(in.readInt(), readGenesis(in));
            case MEMBER_STATE -> new Member(readGenesis(in));
            default -> throw new IOException("unknown state " + kind);
        };
    }

    private static Proposed readProposed(DataInputStream in) throws IOException {
        if (readState(in) instanceof Proposed proposed) {
            return proposed;
        }
        throw new IOException("not a proposal");
    }

    private static void writeGenesis(DataOutputStream out, Genesis genesis) throws IOException {
        out.writeUTF(genesis.clusterId());
        out.writeShort(genesis.voters().size());
        for (Genesis.Voter voter : genesis.voters()) {
            writeVoter(out, voter);
        }
    }

    private static Genesis readGenesis(DataInputStream in) throws IOException {
        String clusterId = in.readUTF();
        int count = readCount(in);
        List<Genesis.Voter> voters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            voters.add(readVoter(in));
        }
        return new Genesis(clusterId, voters);
    }

    private static void writeVoter(DataOutputStream out, Genesis.Voter voter) throws IOException {
        out.writeInt(voter.nodeId());
        writeUuid(out, voter.nodeUuid());
        writeUuid(out, voter.directoryId());
        writeAddress(out, voter.address());
    }

    private static Genesis.Voter readVoter(DataInputStream in) throws IOException {
        int nodeId = in.readInt();
        Uuid nodeUuid = readUuid(in);
        Uuid directoryId = readUuid(in);
        NodeAddress address = readAddress(in);
        return new Genesis.Voter(nodeId, nodeUuid, directoryId, address.host(), address.port());
    }

    private static void writeUuid(DataOutputStream out, Uuid uuid) throws IOException {
        out.writeLong(uuid.getMostSignificantBits());
        out.writeLong(uuid.getLeastSignificantBits());
    }

    private static Uuid readUuid(DataInputStream in) throws IOException {
        return new Uuid(in.readLong(), in.readLong());
    }

    private static void writeAddresses(DataOutputStream out, List<NodeAddress> addresses) throws IOException {
        out.writeShort(addresses.size());
        for (NodeAddress address : addresses) {
            writeAddress(out, address);
        }
    }

    private static List<NodeAddress> readAddresses(DataInputStream in) throws IOException {
        int count = readCount(in);
        List<NodeAddress> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            addresses.add(readAddress(in));
        }
        return addresses;
    }

    private static int readCount(DataInputStream in) throws IOException {
        int count = in.readUnsignedShort();
        if (count > MAX_LIST) {
            throw new IOException("a list of " + count);
        }
        return count;
    }

    private static void writeAddress(DataOutputStream out, NodeAddress address) throws IOException {
        out.writeUTF(address.host());
        out.writeShort(address.port());
    }

    private static NodeAddress readAddress(DataInputStream in) throws IOException {
        return new NodeAddress(in.readUTF(), in.readUnsignedShort());
    }
}
