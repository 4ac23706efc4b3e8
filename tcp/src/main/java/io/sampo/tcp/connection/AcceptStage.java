package io.sampo.tcp.connection;

import io.sampo.tcp.loop.EventLoop;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts the connections of one bound, non-blocking server socket, one per pull. Must run on an event-loop
/// dispatcher. When the process is out of file handles it waits a little instead of spinning. Closes the server
/// socket when it ends.
public final class AcceptStage extends GraphStage<SourceShape<SocketChannel>> {

    private static final Logger log = LoggerFactory.getLogger(AcceptStage.class);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(200);

    private final Outlet<SocketChannel> out = Outlet.create("AcceptStage.sockets");
    private final SourceShape<SocketChannel> shape = SourceShape.of(out);
    private final ServerSocketChannel server;

    public AcceptStage(ServerSocketChannel server) {
        this.server = server;
    }

    @Override
    public SourceShape<SocketChannel> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic {
        private final AsyncCallback<NotUsed> ready = createAsyncCallback(_ -> onReady());
        private @Nullable SelectionKey key;
        private boolean signalled;

        Logic() {
            super(shape);
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    accept();
                }
            });
        }

        @Override
        public void preStart() throws IOException {
            EventLoop loop = EventLoop.current();
            if (loop == null) {
                throw new IllegalStateException("not on an event loop: " + Thread.currentThread());
            }
            key = loop.register(server, 0, _ -> {
                if (!signalled) {
                    signalled = true;
                    ready.invoke(NotUsed.getInstance());
                }
            });
        }

        @Override
        public void postStop() throws IOException {
            server.close();
        }

        private void onReady() {
            signalled = false;
            interest(0);
            if (isAvailable(out)) {
                accept();
            }
        }

        private void accept() {
            try {
                SocketChannel accepted = server.accept();
                if (accepted == null) {
                    interest(SelectionKey.OP_ACCEPT);
                } else {
                    push(out, accepted);
                }
            } catch (IOException e) {
                log.warn("Accepting connections on {} failed: {}", server, e.toString());
                scheduleOnce("again", AFTER_FAILURE);
            }
        }

        @Override
        public void onTimer(Object timerKey) {
            if (isAvailable(out)) {
                accept();
            }
        }

        private void interest(int ops) {
            if (key != null && key.isValid() && key.interestOps() != ops) {
                key.interestOps(ops);
            }
        }
    }
}
