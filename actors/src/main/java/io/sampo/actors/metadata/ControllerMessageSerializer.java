package io.sampo.actors.metadata;

import io.sampo.core.metadata.ControllerCommandCodec;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/// Commands to the controller of another node, and its answers. Bodies are [ControllerCommandCodec]'s; large ones
/// are
/// deflated, because the answer of a creation repeats the same settings for every topic.
///
/// Manifests are never used again for something else, so that nodes of different versions understand each other.
public final class ControllerMessageSerializer extends SerializerWithStringManifest {
    private static final String SUBMIT = "submit-1";
    private static final String DONE = "done-1";
    private static final String REFUSED = "refused-1";
    private static final String STANDING_BY = "standing-by-1";

    /// Bodies from this size on are deflated. Bytes.
    private static final int DEFLATE_FROM = 16 * 1024;

    /// Largest body, inflated. Bytes.
    static final int MAX_BODY = 64 * 1024 * 1024;

    private final ActorRefResolver resolver;

    public ControllerMessageSerializer(ExtendedActorSystem system) {
        this.resolver = ActorRefResolver.get(Adapter.toTyped(system));
    }

    @Override
    public int identifier() {
        return 21_003;
    }

    @Override
    public String manifest(Object message) {
        return switch ((ControllerMessage) message) {
            case Controller.RemoteSubmit _ -> SUBMIT;
            case ControllerGateway.Answered answered ->
                switch (answered.outcome()) {
                    case ControllerOutcome.Done _ -> DONE;
                    case ControllerOutcome.Refused _ -> REFUSED;
                    case ControllerOutcome.StandingBy _ -> STANDING_BY;
                };
        };
    }

    @Override
    public byte[] toBinary(Object message) {
        return switch ((ControllerMessage) message) {
            case Controller.RemoteSubmit submit -> {
                byte[] replyTo =
                        resolver.toSerializationFormat(submit.replyTo()).getBytes(StandardCharsets.UTF_8);
                byte[] body = deflated(ControllerCommandCodec.encode(submit.command()));
                yield ByteBuffer.allocate(8 + 4 + replyTo.length + body.length)
                        .putLong(submit.id())
                        .putInt(replyTo.length)
                        .put(replyTo)
                        .put(body)
                        .array();
            }
            case ControllerGateway.Answered answered -> outcome(answered);
        };
    }

    private static byte[] outcome(ControllerGateway.Answered answered) {
        return switch (answered.outcome()) {
            case ControllerOutcome.Done done -> {
                byte[] body = deflated(ControllerCommandCodec.encodeResponse(done.response()));
                yield ByteBuffer.allocate(8 + 8 + body.length)
                        .putLong(answered.id())
                        .putLong(done.offset())
                        .put(body)
                        .array();
            }
            case ControllerOutcome.Refused refused -> {
                byte[] text = refused.message().getBytes(StandardCharsets.UTF_8);
                yield ByteBuffer.allocate(8 + 2 + text.length)
                        .putLong(answered.id())
                        .putShort(refused.error().code())
                        .put(text)
                        .array();
            }
            case ControllerOutcome.StandingBy _ ->
                ByteBuffer.allocate(8).putLong(answered.id()).array();
        };
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            return switch (manifest) {
                case SUBMIT -> submit(in);
                case DONE -> {
                    long id = in.getLong();
                    long offset = in.getLong();
                    yield new ControllerGateway.Answered(
                            id,
                            new ControllerOutcome.Done(ControllerCommandCodec.decodeResponse(inflated(in)), offset));
                }
                case REFUSED ->
                    new ControllerGateway.Answered(
                            in.getLong(), new ControllerOutcome.Refused(Errors.forCode(in.getShort()), rest(in)));
                case STANDING_BY -> new ControllerGateway.Answered(in.getLong(), new ControllerOutcome.StandingBy());
                default -> throw new NotSerializableException("unknown manifest: " + manifest);
            };
        } catch (RuntimeException damaged) {
            // Too short, not what the codec writes, or a reference that is none.
            throw new NotSerializableException(manifest + ": " + damaged);
        }
    }

    private Controller.RemoteSubmit submit(ByteBuffer in) {
        long id = in.getLong();
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new SerializationException("a reference of " + length + " bytes in " + in.remaining());
        }
        byte[] replyTo = new byte[length];
        in.get(replyTo);
        ActorRef<ControllerGateway.Command> gateway =
                resolver.resolveActorRef(new String(replyTo, StandardCharsets.UTF_8));
        return new Controller.RemoteSubmit(id, ControllerCommandCodec.decodeCommand(inflated(in)), gateway);
    }

    private static String rest(ByteBuffer in) {
        byte[] text = new byte[in.remaining()];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /// Size of the inflated body, or 0 when it follows as it is; then the body.
    private static byte[] deflated(ByteBuffer body) {
        byte[] plain = new byte[body.remaining()];
        body.get(plain);
        if (plain.length < DEFLATE_FROM) {
            return ByteBuffer.allocate(4 + plain.length).putInt(0).put(plain).array();
        }
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try {
            deflater.setInput(plain);
            deflater.finish();
            ByteBuffer out = ByteBuffer.allocate(4 + plain.length + plain.length / 100 + 64)
                    .putInt(plain.length);
            while (!deflater.finished()) {
                deflater.deflate(out);
            }
            byte[] result = new byte[out.position()];
            out.flip().get(result);
            return result;
        } finally {
            deflater.end();
        }
    }

    /// Memory follows what comes out, not the size that is announced.
    private static ByteBuffer inflated(ByteBuffer in) {
        int size = in.getInt();
        if (size == 0) {
            return in;
        }
        if (size < 0 || size > MAX_BODY) {
            throw new SerializationException("a body of " + size + " bytes");
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(in);
            ByteBuffer out = ByteBuffer.allocate(Math.min(size, DEFLATE_FROM));
            while (inflater.inflate(out) > 0 && out.position() < size) {
                if (!out.hasRemaining()) {
                    out = ByteBuffer.allocate(Math.min(size, 2 * out.capacity()))
                            .put(out.flip());
                }
            }
            if (out.position() < size) {
                throw new SerializationException("a cut body");
            }
            return out.flip();
        } catch (DataFormatException damaged) {
            throw new SerializationException("a damaged body", damaged);
        } finally {
            inflater.end();
        }
    }
}
