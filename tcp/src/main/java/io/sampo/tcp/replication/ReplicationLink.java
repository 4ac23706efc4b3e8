package io.sampo.tcp.replication;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.tcp.connection.BufferPool;
import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.CountedSocketIo;
import io.sampo.tcp.connection.Frame;
import io.sampo.tcp.connection.InvalidFrameException;
import io.sampo.tcp.connection.SocketIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.Send;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SubscriptionWithCancelException;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to another node, dialled or accepted: a handshake, then envelopes both ways. Nothing is pulled
/// while
/// the receiver holds more than it may, and nothing pushed while the socket is full.
///
/// ```text
/// dialled:   connects -> Hello out -> Welcome in -> up -> ended
/// accepted:              Hello in -> Welcome out -> up -> ended
/// ```
///
/// Whoever has nothing to say sends an empty frame now and then; whoever hears nothing for `deadPeerTimeoutMs`
/// though
/// it listens ends the connection. A node that does not listen because its receiver is full judges nobody.
///
/// Thread rule: stage on its loop; `send`, `hasRoom`, `whenRoom` and `close` from any thread.
final class ReplicationLink extends GraphStage<FlowShape<Frame, Send>> {
    private static final Logger log = LoggerFactory.getLogger(ReplicationLink.class);
    private static final String DEADLINE = "deadline";
    private static final String TICK = "tick";

    /// What becomes of a connection; on its loop.
    interface Owner {
        /// @return false when it is not wanted after all
        boolean isUp(ReplicationLink link, int nodeId);

        /// Comes once, also when it has never been up, and after the socket was closed.
        void ended(ReplicationLink link);

        void refusedHandshake(ReplicationLink link, String reason);
    }

    private final Inlet<Frame> in = Inlet.create("ReplicationLink.frames");
    private final Outlet<Send> out = Outlet.create("ReplicationLink.sends");
    private final FlowShape<Frame, Send> shape = FlowShape.of(in, out);

    private final ReplicationIdentity self;
    private final ReplicationSocketSettings settings;
    private final ReplicationCounters counters;
    private final ReplicaTransport.Receiver receiver;
    private final Owner owner;
    private final @Nullable Integer dialledNodeId;
    private final OutboundFrames outbound;
    private final AtomicInteger halvesLeft = new AtomicInteger(2);
    private volatile @Nullable Logic logic;
    private @Nullable Connection connection;
    private @Nullable CountedSocketIo io;
    private @Nullable Throwable endReason;

    /// @param dialledNodeId whom it was dialled to reach; null when it was accepted
    ReplicationLink(
            ReplicationIdentity self,
            @Nullable Integer dialledNodeId,
            BufferPool pool,
            ReplicationSocketSettings settings,
            ReplicationCounters counters,
            ReplicaTransport.Receiver receiver,
            Owner owner) {
        this.self = self;
        this.dialledNodeId = dialledNodeId;
        this.settings = settings;
        this.counters = counters;
        this.receiver = receiver;
        this.owner = owner;
        this.outbound = new OutboundFrames(pool, settings, counters);
    }

    /// What it runs over; before it runs.
    void over(Connection over) {
        connection = over;
    }

    /// The socket as the stage below sees it.
    SocketIo counted(SocketIo plain) {
        CountedSocketIo counted = new CountedSocketIo(plain);
        io = counted;
        return counted;
    }

    /// Why it ended, as far as it is known; for [Owner#ended].
    @Nullable
    Throwable endReason() {
        return endReason;
    }

    OutboundFrames.Added send(ReplicaEnvelope envelope) {
        OutboundFrames.Added added = outbound.add(envelope);
        Logic running = logic;
        if (added == OutboundFrames.Added.WAKE_WRITER && running != null) {
            running.wake.invoke(NotUsed.getInstance());
        }
        return added;
    }

    boolean hasRoom() {
        return outbound.hasRoom();
    }

    void whenRoom(Runnable resume) {
        if (!outbound.park(resume)) {
            resume.run();
        }
    }

    void close(String reason) {
        Logic running = logic;
        if (running != null) {
            running.closing.invoke(reason);
        }
    }

    /// The socket is closed: nobody uses its buffers any more.
    void socketClosed() {
        for (Runnable resume : outbound.close()) {
            goOn(resume);
        }
        halfEnded();
    }

    /// Socket and stage end one after the other, in either order; why is known when both have.
    private void halfEnded() {
        if (halvesLeft.decrementAndGet() == 0) {
            owner.ended(this);
        }
    }

    private static void goOn(Runnable resume) {
        try {
            resume.run();
        } catch (RuntimeException e) {
            log.error("Going on after a wait for room failed", e);
        }
    }

    /// For a connection that could not even be begun.
    void failedToStart(Throwable reason) {
        endReason = reason;
        halvesLeft.set(1);
        socketClosed();
    }

    @Override
    public FlowShape<Frame, Send> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        Logic started = new Logic();
        logic = started;
        return started;
    }

    @Override
    public String toString() {
        return dialledNodeId == null ? String.valueOf(connection) : "the connection to node " + dialledNodeId;
    }

    private final class Logic extends TimerGraphStageLogic {
        private final AsyncCallback<NotUsed> wake = createAsyncCallback(_ -> writeNext());
        private final AsyncCallback<NotUsed> unpark = createAsyncCallback(_ -> unparkOne());
        private final AsyncCallback<NotUsed> readOn = createAsyncCallback(_ -> pullUnlessFull());
        private final AsyncCallback<String> closing = createAsyncCallback(reason -> end(new IOException(reason)));
        private @Nullable ByteBuffer handshakeToWrite;
        private @Nullable InboundMessages inbound;
        private final Silence silence = new Silence();
        private boolean wroteSinceTick;

        Logic() {
            super(shape);
            setHandlers(in, out, new Ports());
        }

        @Override
        public void preStart() {
            if (dialledNodeId != null) {
                handshakeToWrite = Handshake.hello(self, dialledNodeId);
                scheduleOnce(DEADLINE, Duration.ofMillis(settings.connectTimeoutMs()));
            } else {
                scheduleOnce(DEADLINE, Duration.ofMillis(settings.handshakeTimeoutMs()));
            }
            pull(in);
        }

        @Override
        public void postStop() {
            halfEnded();
        }

        private void end(Throwable reason) {
            if (endReason == null) {
                endReason = reason;
            }
            failStage(reason);
        }

        // ---- handshake -------------------------------------------------------------------------------------------

        private void onHandshake(ByteBuffer frame) {
            Greeting greeting =
                    dialledNodeId == null ? Greeting.ofHello(frame, self) : Greeting.ofWelcome(frame, dialledNodeId);
            switch (greeting) {
                case Greeting.Accepted accepted -> {
                    handshakeToWrite = accepted.answer();
                    up(accepted.nodeId());
                }
                case Greeting.Refused refused -> {
                    ByteBuffer answer = refused.answer();
                    if (answer == null) {
                        refused(refused.reason());
                        return;
                    }
                    owner.refusedHandshake(ReplicationLink.this, refused.reason());
                    endReason = new IOException(refused.reason());
                    emit(out, new ByteBufferSend(answer), () -> complete(out));
                }
            }
        }

        private void refused(String reason) {
            owner.refusedHandshake(ReplicationLink.this, reason);
            end(new IOException(reason));
        }

        private void up(int nodeId) {
            cancelTimer(DEADLINE);
            if (connection != null) {
                connection.authenticated();
            }
            inbound = new InboundMessages(
                    receiver, settings, counters, self.nodeId(), nodeId, () -> readOn.invoke(NotUsed.getInstance()));
            Duration tick = Duration.ofMillis(Math.max(1, settings.deadPeerTimeoutMs() / Silence.TICKS_TO_DEATH));
            scheduleWithFixedDelay(TICK, tick, tick);
            if (!owner.isUp(ReplicationLink.this, nodeId)) {
                end(new IOException("not wanted any more"));
                return;
            }
            writeNext();
        }

        // ---- writing ---------------------------------------------------------------------------------------------

        private void writeNext() {
            if (!isAvailable(out)) {
                return;
            }
            ByteBuffer handshake = handshakeToWrite;
            if (handshake != null) {
                handshakeToWrite = null;
                push(out, new ByteBufferSend(handshake));
            } else if (inbound != null) {
                ByteBuffer[] frames = outbound.take();
                if (frames != null) {
                    wroteSinceTick = true;
                    push(out, new ByteBufferSend(frames));
                }
            }
        }

        private void unparkOne() {
            Runnable resume = outbound.unpark();
            if (resume == null) {
                return;
            }
            goOn(resume);
            unparkNext();
        }

        /// In a turn of its own: who is woken sends in the turns between.
        private void unparkNext() {
            if (outbound.mayUnpark()) {
                unpark.invoke(NotUsed.getInstance());
            }
        }

        // ---- reading ---------------------------------------------------------------------------------------------

        private void onFrame(Frame frame) {
            try {
                if (inbound == null) {
                    onHandshake(frame.bytes());
                } else {
                    inbound.frame(frame.bytes());
                }
            } catch (InvalidFrameException e) {
                refused(String.valueOf(e.getMessage()));
            } finally {
                frame.release();
            }
            pullUnlessFull();
        }

        private void pullUnlessFull() {
            boolean mayPull = endReason == null && !isClosed(in) && !hasBeenPulled(in);
            if (mayPull && (inbound == null || !inbound.isFull())) {
                pull(in);
            }
        }

        // ---- time ------------------------------------------------------------------------------------------------

        @Override
        public void onTimer(Object timerKey) {
            if (DEADLINE.equals(timerKey)) {
                refused("no handshake in time");
                return;
            }
            if (inbound != null) {
                inbound.expire(Connection.nowMs());
            }
            if (!wroteSinceTick && isAvailable(out)) {
                push(out, new ByteBufferSend(ByteBuffer.allocate(Integer.BYTES)));
            }
            wroteSinceTick = false;
            if (silence.tick(io == null ? 0 : io.bytesRead(), hasBeenPulled(in))) {
                end(new IOException("nothing heard for " + settings.deadPeerTimeoutMs() + " ms"));
            }
        }

        private final class Ports extends AbstractInOutHandler {
            @Override
            public void onPush() {
                Frame frame = grab(in);
                if (connection != null) {
                    connection.handedOver();
                }
                onFrame(frame);
            }

            @Override
            public void onUpstreamFinish() {
                end(new IOException("closed by the other side"));
            }

            @Override
            public void onUpstreamFailure(Throwable failure) {
                onSocketFailure(failure);
            }

            @Override
            public void onPull() {
                outbound.written();
                writeNext();
                unparkNext();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
                onSocketFailure(cause);
            }
        }

        private void onSocketFailure(Throwable failure) {
            switch (failure) {
                case InvalidFrameException invalid
                when endReason == null -> refused(String.valueOf(invalid.getMessage()));
                case SubscriptionWithCancelException.NonFailureCancellation _ ->
                    end(new IOException("closed by the other side"));
                default -> end(failure);
            }
        }
    }
}
