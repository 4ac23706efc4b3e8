package io.sampo.tcp.connection;

import io.sampo.core.api.ApiTable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
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
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decodes frames, hands requests to their handlers, and sends the answers in the order of the requests. Pulls a
/// further frame only while fewer than `maxInFlightRequestsPerConnection` requests are unanswered or unsent; so a
/// slow handler, and a client that does not read, stop the reading.
///
/// An answer given on the thread that is just running this stage goes out within the same run; any other asks for a
/// run of the stage, once for as many answers as there are by then.
public final class RequestStage extends GraphStage<FlowShape<Frame, Send>> {

    private static final Logger log = LoggerFactory.getLogger(RequestStage.class);
    private static final String LATE_FAILURE = "authentication-failed";

    private final Inlet<Frame> in = Inlet.create("RequestStage.frames");
    private final Outlet<Send> out = Outlet.create("RequestStage.sends");
    private final FlowShape<Frame, Send> shape = FlowShape.of(in, out);
    private final Connection connection;
    private final Authentications authentications;
    private final ApiTable apis;

    /// Makes the authentication of a connection when its first frame arrives: by then the TLS handshake is done.
    @FunctionalInterface
    public interface Authentications {
        Authentication start(Connection connection);
    }

    public RequestStage(Connection connection, Authentications authentications, ApiTable apis) {
        this.connection = connection;
        this.authentications = authentications;
        this.apis = apis;
    }

    @Override
    public FlowShape<Frame, Send> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic implements Connection.Signals {
        private final ArrayDeque<Object> inFlight = new ArrayDeque<>();
        private final AtomicBoolean answersSignalled = new AtomicBoolean();
        private final AsyncCallback<NotUsed> answered;
        private final AsyncCallback<String> closing;
        private final AsyncCallback<NotUsed> draining;
        private final int maxInFlight = connection.settings().maxInFlightRequestsPerConnection();
        private final RequestDecoder decoder = new RequestDecoder(connection, apis, this::requestAnswered);
        private final RequestCalls calls = new RequestCalls(connection, apis);
        private final Login login = new Login(connection, authentications);
        private @Nullable Thread runningOn;
        private boolean lastRequestSeen;
        private boolean ended;

        Logic() {
            super(shape);
            answered = createAsyncCallback(_ -> sendAnswers());
            closing = createAsyncCallback(this::end);
            draining = createAsyncCallback(_ -> {
                lastRequestSeen = true;
                sendAnswers();
            });
            setHandlers(in, out, new Ports());
        }

        @Override
        public void preStart() {
            connection.signals(this);
            pull(in);
        }

        @Override
        public void postStop() {
            ended = true;
            // Answers that still come have nowhere to go: nobody needs to be told.
            answersSignalled.set(true);
            for (Object waiting : inFlight) {
                if (waiting instanceof PendingRequest request) {
                    calls.abandon(request);
                }
            }
            login.close();
        }

        @Override
        public void close(String reason) {
            closing.invoke(reason);
        }

        @Override
        public void drain() {
            draining.invoke(NotUsed.getInstance());
        }

        /// Any thread: an answer is there.
        private void requestAnswered() {
            if (Thread.currentThread() != runningOn && answersSignalled.compareAndSet(false, true)) {
                answered.invoke(NotUsed.getInstance());
            }
        }

        private void onFrame(Frame frame) {
            runningOn = Thread.currentThread();
            boolean taken = false;
            try {
                taken = accept(frame);
            } finally {
                if (!taken) {
                    frame.release();
                }
                runningOn = null;
            }
            sendAnswers();
        }

        /// @return whether the request that was made of the frame releases it
        private boolean accept(Frame frame) {
            Authentication client = login.client();
            if (client.expectsBareToken()) {
                Send answer = login.token(frame.bytes());
                if (answer != null) {
                    inFlight.addLast(answer);
                }
                waitIfRefused();
                return false;
            }
            PendingRequest request;
            try {
                request = decoder.decode(client, frame);
            } catch (InvalidFrameException e) {
                end(String.valueOf(e.getMessage()));
                return false;
            }
            inFlight.addLast(request);
            if (RequestDecoder.isSasl(request.apiKey())) {
                login.request(request);
                waitIfRefused();
            } else {
                calls.handle(request);
            }
            return request.ownsFrame();
        }

        private void waitIfRefused() {
            if (login.hasFailed()) {
                lastRequestSeen = true;
                connection.waitsForHandlers(true);
                scheduleOnce(
                        LATE_FAILURE, Duration.ofMillis(connection.settings().failedAuthenticationDelayMs()));
            }
        }

        @Override
        public void onTimer(Object timerKey) {
            login.answerFailure();
            sendAnswers();
        }

        private void sendAnswers() {
            answersSignalled.set(false);
            boolean goOn = !ended;
            while (goOn && !inFlight.isEmpty()) {
                goOn = switch (inFlight.peekFirst()) {
                    case PendingRequest request -> sendAnswerOf(request);
                    case Send send -> pushIfPulled(send);
                    default -> throw new IllegalStateException("neither a request nor an answer");
                };
            }
            if (ended) {
                return;
            }
            connection.waitsForHandlers(!inFlight.isEmpty() || login.hasFailed());
            if (lastRequestSeen) {
                if (inFlight.isEmpty() && !login.hasFailed() && !isClosed(out)) {
                    complete(out);
                }
            } else if (inFlight.size() < maxInFlight && !hasBeenPulled(in) && !isClosed(in)) {
                pull(in);
            }
        }

        /// @return whether to go on with the next request
        private boolean sendAnswerOf(PendingRequest request) {
            return switch (request.state()) {
                case PendingRequest.NOTHING -> {
                    inFlight.removeFirst();
                    yield true;
                }
                case PendingRequest.RESPONSE -> {
                    if (!isAvailable(out)) {
                        yield false;
                    }
                    Send send = calls.encode(request);
                    if (send == null) {
                        end("a response cannot be encoded");
                        yield false;
                    }
                    yield pushIfPulled(send);
                }
                case PendingRequest.DISCONNECT -> {
                    end(request.reason());
                    yield false;
                }
                default -> false;
            };
        }

        private boolean pushIfPulled(Send send) {
            if (!isAvailable(out)) {
                return false;
            }
            inFlight.removeFirst();
            push(out, send);
            return true;
        }

        private void end(String reason) {
            if (!ended) {
                ended = true;
                log.info("Closing {}: {}", connection, reason);
                completeStage();
            }
        }

        private final class Ports extends AbstractInOutHandler {
            @Override
            public void onPush() {
                Frame frame = grab(in);
                connection.handedOver();
                if (ended || lastRequestSeen) {
                    frame.release();
                } else {
                    onFrame(frame);
                }
            }

            @Override
            public void onPull() {
                sendAnswers();
            }
        }
    }
}
