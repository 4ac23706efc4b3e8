package io.sampo.tcp.connection;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The same connection over Pekko's `Tcp()` (`sampo.tcp.transport = pekko`): its ByteStrings to frames, and `Send`s
/// to ByteStrings. Everything is copied; file-backed records are read in pieces.
public final class PekkoTransport {

    private static final Logger log = LoggerFactory.getLogger(PekkoTransport.class);
    private static final int PIECE_BYTES = 128 * 1024;

    private PekkoTransport() {}

    /// What a connection of `Tcp().bind` is joined with.
    public static Flow<ByteString, ByteString, NotUsed> over(Connection connection, RequestStage requests) {
        return Flow.fromGraph(new Framing(connection))
                .via(Flow.fromGraph(requests))
                .via(Flow.fromGraph(new Sending(connection)));
    }

    /// ByteStrings to frames, with the same limits as on an own socket.
    private static final class Framing extends GraphStage<FlowShape<ByteString, Frame>> {
        private final Inlet<ByteString> in = Inlet.create("Framing.bytes");
        private final Outlet<Frame> out = Outlet.create("Framing.frames");
        private final FlowShape<ByteString, Frame> shape = FlowShape.of(in, out);
        private final Connection connection;

        Framing(Connection connection) {
            this.connection = connection;
        }

        @Override
        public FlowShape<ByteString, Frame> shape() {
            return shape;
        }

        @Override
        public GraphStageLogic createLogic(Attributes inheritedAttributes) {
            return new Logic();
        }

        private final class Logic extends GraphStageLogic {
            private final ArrayDeque<ByteBuffer> received = new ArrayDeque<>();
            private final AsyncCallback<NotUsed> memoryGranted = createAsyncCallback(_ -> read());
            private final FrameReader reader = new FrameReader(
                    connection.pool(),
                    connection.budget(),
                    connection::maxFrameBytes,
                    () -> memoryGranted.invoke(NotUsed.getInstance()));

            Logic() {
                super(shape);
                setHandlers(in, out, new AbstractInOutHandler() {
                    @Override
                    public void onPush() {
                        grab(in).getByteBuffers().forEach(received::add);
                        read();
                    }

                    @Override
                    public void onPull() {
                        read();
                    }
                });
            }

            @Override
            public void preStart() {
                connection.established(java.util.Optional.empty());
            }

            @Override
            public void postStop() {
                reader.close();
                connection.closed();
            }

            private void read() {
                if (!isAvailable(out)) {
                    return;
                }
                try {
                    switch (reader.poll(this::take)) {
                        case FRAME -> {
                            Frame frame = reader.take();
                            connection.frameEnded();
                            connection.active();
                            connection.handOver(frame);
                            push(out, frame);
                        }
                        case NEED_BYTES -> {
                            if (reader.midFrame()) {
                                connection.frameStarted();
                            }
                            if (!hasBeenPulled(in)) {
                                pull(in);
                            }
                        }
                        case NEED_MEMORY -> connection.frameEnded();
                        case END -> completeStage();
                    }
                } catch (IOException e) {
                    log.info("Closing {}: {}", connection, e.getMessage());
                    completeStage();
                }
            }

            private int take(ByteBuffer target) {
                ByteBuffer next = received.peekFirst();
                if (next == null) {
                    return 0;
                }
                int count = Math.min(next.remaining(), target.remaining());
                target.put(target.position(), next, next.position(), count);
                target.position(target.position() + count);
                next.position(next.position() + count);
                if (!next.hasRemaining()) {
                    received.removeFirst();
                }
                return count;
            }
        }
    }

    /// `Send`s to ByteStrings, one piece per pull.
    private static final class Sending extends GraphStage<FlowShape<Send, ByteString>> {
        private final Inlet<Send> in = Inlet.create("Sending.sends");
        private final Outlet<ByteString> out = Outlet.create("Sending.bytes");
        private final FlowShape<Send, ByteString> shape = FlowShape.of(in, out);
        private final Connection connection;

        Sending(Connection connection) {
            this.connection = connection;
        }

        @Override
        public FlowShape<Send, ByteString> shape() {
            return shape;
        }

        @Override
        public GraphStageLogic createLogic(Attributes inheritedAttributes) {
            return new Logic();
        }

        private final class Logic extends GraphStageLogic {
            private @Nullable Send sending;

            Logic() {
                super(shape);
                setHandlers(in, out, new AbstractInOutHandler() {
                    @Override
                    public void onPush() {
                        sending = grab(in);
                        if (isAvailable(out)) {
                            writePiece();
                        }
                    }

                    @Override
                    public void onPull() {
                        connection.writeUnblocked();
                        if (sending == null) {
                            pull(in);
                        } else {
                            writePiece();
                        }
                    }

                    @Override
                    public void onUpstreamFinish() {
                        if (sending == null) {
                            completeStage();
                        }
                    }
                });
            }

            private void writePiece() {
                Send send = sending;
                if (send == null) {
                    return;
                }
                try (Piece piece = new Piece()) {
                    while (!send.completed() && piece.bytes.hasRemaining()) {
                        send.writeTo(piece);
                    }
                    connection.active();
                    if (send.completed()) {
                        sending = null;
                    }
                    push(out, ByteString.fromByteBuffer(piece.bytes.flip()));
                    connection.writeBlocked();
                    if (sending == null && isClosed(in)) {
                        completeStage();
                    }
                } catch (IOException | RuntimeException e) {
                    log.info("Closing {}: {}", connection, e.toString());
                    failStage(e);
                }
            }
        }
    }

    /// A channel that takes what fits into one piece.
    private static final class Piece implements TransferableChannel {
        private final ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES);

        @Override
        public int write(ByteBuffer source) {
            int count = Math.min(source.remaining(), bytes.remaining());
            bytes.put(bytes.position(), source, source.position(), count);
            bytes.position(bytes.position() + count);
            source.position(source.position() + count);
            return count;
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                written += write(sources[i]);
            }
            return written;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public long transferFrom(FileChannel file, long position, long count) throws IOException {
            int limit = bytes.limit();
            bytes.limit((int) Math.min(limit, bytes.position() + count));
            try {
                int read = file.read(bytes, position);
                if (read < 0) {
                    throw new EOFException("the file ends before position " + position);
                }
                return read;
            } finally {
                bytes.limit(limit);
            }
        }

        @Override
        public boolean hasPendingWrites() {
            return false;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
