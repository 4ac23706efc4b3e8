package io.sampo.tcp.connection;

import io.sampo.tcp.loop.EventLoop;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.Function;
import org.apache.kafka.common.network.Send;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Owns one non-blocking socket: frames out of it, `Send`s into it. Without a pull nothing is read; while the
/// socket is full nothing is pulled. Must run on an event-loop dispatcher, whose selector it uses.
///
/// Ends the connection when the peer closes, a limit is broken, or a neighbour stage ends; a downstream that merely
/// completes has its last `Send` written first.
public final class SocketStage extends GraphStage<FlowShape<Send, Frame>> {

    private static final Logger log = LoggerFactory.getLogger(SocketStage.class);

    /// After this much of one direction the other connections of the loop get their turn.
    static final int MAX_BYTES_PER_TURN = 1024 * 1024;

    static final int MAX_FRAMES_PER_TURN = 64;

    /// Reads what is not in the page cache. Its threads bound how many disks reads a node asks for at once.
    static final String COLD_READ_DISPATCHER = "sampo.tcp.cold-read-dispatcher";

    private final Inlet<Send> in = Inlet.create("SocketStage.sends");
    private final Outlet<Frame> out = Outlet.create("SocketStage.frames");
    private final FlowShape<Send, Frame> shape = FlowShape.of(in, out);
    private final SocketChannel socket;
    private final Connection connection;
    private final Function<SocketChannel, SocketIo> ioOf;

    /// @param socket non-blocking, connected or connecting; owned by the stage from its start on
    public SocketStage(SocketChannel socket, Connection connection, Function<SocketChannel, SocketIo> ioOf) {
        this.socket = socket;
        this.connection = connection;
        this.ioOf = ioOf;
    }

    @Override
    public FlowShape<Send, Frame> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic();
    }

    private final class Logic extends GraphStageLogic {
        private final SocketIo io = ioOf.apply(socket);
        private final FrameReader reader;
        private final AsyncCallback<NotUsed> socketReady;
        private final AsyncCallback<NotUsed> goOnReading;
        private final AsyncCallback<ColdReads.PreRead> preReadDone;
        private @Nullable SelectionKey key;
        private int signalledOps;
        private boolean established;
        private @Nullable Send sending;
        /// Another thread reads what is to be sent next; until then nothing is written.
        private boolean preReading;
        private boolean upstreamFinished;
        private long turnBytes;
        private int turnFrames;

        Logic() {
            super(shape);
            socketReady = createAsyncCallback(_ -> onSocketReady());
            goOnReading = createAsyncCallback(_ -> onNewTurn());
            preReadDone = createAsyncCallback(this::onPreReadDone);
            reader = new FrameReader(
                    connection.pool(),
                    connection.budget(),
                    connection::maxFrameBytes,
                    () -> goOnReading.invoke(NotUsed.getInstance()));
            setHandlers(in, out, new Ports());
        }

        @Override
        public void preStart() throws IOException {
            EventLoop loop = EventLoop.current();
            if (loop == null) {
                throw new IllegalStateException("not on an event loop: " + Thread.currentThread());
            }
            int first = socket.isConnected() ? 0 : SelectionKey.OP_CONNECT;
            key = loop.register(socket, first, this::signal);
            if (first == 0) {
                establish();
            }
        }

        @Override
        public void postStop() {
            reader.close();
            if (key != null) {
                key.cancel();
            }
            try {
                io.close();
            } catch (IOException e) {
                log.debug("closing {} failed", connection, e);
            }
            connection.closed();
        }

        /// On the loop, but outside the stage: leave a note and ask for a run.
        private void signal(int readyOps) {
            boolean asked = signalledOps != 0;
            signalledOps |= readyOps;
            if (!asked) {
                socketReady.invoke(NotUsed.getInstance());
            }
        }

        private void onSocketReady() {
            int ops = signalledOps;
            signalledOps = 0;
            turnBytes = 0;
            turnFrames = 0;
            try {
                if ((ops & SelectionKey.OP_CONNECT) != 0) {
                    socket.finishConnect();
                    interest(0);
                    establish();
                    return;
                }
                if ((ops & SelectionKey.OP_READ) != 0) {
                    io.readable();
                }
                if (!established) {
                    establish();
                    return;
                }
                if ((ops & SelectionKey.OP_WRITE) != 0 && sending != null) {
                    write(sending);
                }
                if ((ops & SelectionKey.OP_READ) != 0 && !isClosed(out)) {
                    if (isAvailable(out)) {
                        read();
                    } else {
                        interestOff(SelectionKey.OP_READ);
                    }
                }
            } catch (IOException | RuntimeException e) {
                end(e);
            }
        }

        private void establish() {
            try {
                int waitFor = io.handshake();
                interest(waitFor);
                if (waitFor != 0) {
                    return;
                }
                established = true;
                connection.established(io.tlsSession());
                if (!isClosed(in)) {
                    pull(in);
                }
                if (isAvailable(out)) {
                    read();
                }
            } catch (IOException | RuntimeException e) {
                end(e);
            }
        }

        private void onNewTurn() {
            turnBytes = 0;
            turnFrames = 0;
            if (established && isAvailable(out)) {
                read();
            }
        }

        private void read() {
            if (turnBytes > MAX_BYTES_PER_TURN || turnFrames > MAX_FRAMES_PER_TURN) {
                goOnReading.invoke(NotUsed.getInstance());
                return;
            }
            try {
                switch (reader.poll(io)) {
                    case FRAME -> {
                        Frame frame = reader.take();
                        turnFrames++;
                        turnBytes += frame.sizeBytes();
                        connection.frameEnded();
                        connection.active();
                        connection.handOver(frame);
                        push(out, frame);
                    }
                    case NEED_BYTES -> {
                        if (reader.midFrame()) {
                            connection.frameStarted();
                        }
                        interestOn(SelectionKey.OP_READ);
                    }
                    case NEED_MEMORY -> {
                        // The client is not to blame for this wait.
                        connection.frameEnded();
                        interestOff(SelectionKey.OP_READ);
                    }
                    case END -> {
                        log.debug("{} closed by the client{}", connection, reader.midFrame() ? " within a frame" : "");
                        completeStage();
                    }
                }
            } catch (IOException | RuntimeException e) {
                end(e);
            }
        }

        private void write(Send send) {
            if (preReading) {
                return;
            }
            try {
                long written = 0;
                while (!send.completed()) {
                    long count = send.writeTo(io);
                    written += count;
                    ColdReads.PreRead cold = count == 0 ? io.coldReads().takeWanted() : null;
                    if (cold != null) {
                        preRead(cold);
                        return;
                    }
                    if (count == 0 || written > MAX_BYTES_PER_TURN) {
                        if (!send.completed()) {
                            if (written > 0 || (key != null && (key.interestOps() & SelectionKey.OP_WRITE) == 0)) {
                                connection.writeBlocked();
                            }
                            interestOn(SelectionKey.OP_WRITE);
                            return;
                        }
                    }
                }
                sending = null;
                connection.writeUnblocked();
                connection.active();
                interestOff(SelectionKey.OP_WRITE);
                if (upstreamFinished) {
                    completeStage();
                } else if (!isClosed(in)) {
                    pull(in);
                }
            } catch (IOException | RuntimeException e) {
                end(e);
            }
        }

        private void preRead(ColdReads.PreRead cold) {
            // The client is not to blame for this wait.
            connection.writeUnblocked();
            interestOff(SelectionKey.OP_WRITE);
            preReading = true;
            BufferPool pool = connection.pool();
            materializer().system().dispatchers().lookup(COLD_READ_DISPATCHER).execute(() -> {
                cold.run(pool);
                preReadDone.invoke(cold);
            });
        }

        private void onPreReadDone(ColdReads.PreRead cold) {
            preReading = false;
            io.coldReads().done(cold);
            if (sending != null) {
                write(sending);
            }
        }

        private void end(Exception e) {
            switch (e) {
                case IOException io
                when connection.isReportedByOwner() -> log.debug("{} ended: {}", connection, io.toString());
                case InvalidFrameException invalid -> log.info("Closing {}: {}", connection, invalid.getMessage());
                case IOException io when established -> log.debug("{} ended: {}", connection, io.toString());
                case IOException io -> log.info("Closing {}: {}", connection, io.toString());
                default -> log.error("Closing {} after an unexpected error", connection, e);
            }
            failStage(e);
        }

        private void interestOn(int op) {
            if (key != null) {
                interest(key.interestOps() | op);
            }
        }

        private void interestOff(int op) {
            if (key != null) {
                interest(key.interestOps() & ~op);
            }
        }

        private void interest(int ops) {
            if (key != null && key.interestOps() != ops) {
                key.interestOps(ops);
            }
        }

        private final class Ports extends AbstractInOutHandler {
            @Override
            public void onPush() {
                Send send = grab(in);
                sending = send;
                write(send);
            }

            @Override
            public void onUpstreamFinish() {
                if (sending == null) {
                    completeStage();
                } else {
                    upstreamFinished = true;
                }
            }

            @Override
            public void onPull() {
                // Not available: a write of the same run has ended the stage, and the pull was on its way.
                if (established && isAvailable(out)) {
                    read();
                }
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
                completeStage();
            }
        }
    }
}
