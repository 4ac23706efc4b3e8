package io.sampo.tcp.connection;

import io.sampo.core.api.ApiTable;
import io.sampo.core.api.RequestOrigin;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
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
        private final Runnable onAnswered = this::requestAnswered;
        private final ListenerName listenerName = new ListenerName(connection.listener());
        private final String connectionName = connection.toString();
        private final int maxInFlight = connection.settings().maxInFlightRequestsPerConnection();
        private @Nullable Authentication authentication;
        private @Nullable RequestOrigin lastOrigin;
        private @Nullable Thread runningOn;
        private @Nullable Runnable lateFailure;
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
                    abandon(request);
                }
            }
            if (authentication != null) {
                authentication.close();
            }
        }

        private void abandon(PendingRequest request) {
            try {
                request.abandon();
            } catch (RuntimeException e) {
                log.warn("{} of {} failed when the connection had gone", request, connection, e);
            }
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
            Authentication client = authentication;
            if (client == null) {
                client = authentications.start(connection);
                authentication = client;
                noteAuthenticated(client);
            }
            ByteBuffer bytes = frame.bytes();
            if (client.expectsBareToken()) {
                bareToken(client, bytes);
                return false;
            }
            RequestHeader header;
            AbstractRequest body;
            RequestContext context;
            try {
                header = RequestHeader.parse(bytes);
                String refusal = refusal(client, header.apiKey(), header.apiVersion());
                if (refusal != null) {
                    end(refusal);
                    return false;
                }
                context = contextOf(client, header);
                body = context.parseRequest(bytes).request;
            } catch (RuntimeException e) {
                // Kafka closes, too: without a header there is nothing to answer to, and a body that does not parse may
                // have no error response.
                Throwable cause = e.getCause() == null ? e : e.getCause();
                end(e.getMessage() + " (" + cause + ")");
                return false;
            }
            PendingRequest request =
                    new PendingRequest(context, body, originOf(client, header.clientId()), frame, onAnswered);
            inFlight.addLast(request);
            if (isSasl(header.apiKey())) {
                authenticate(client, request);
            } else {
                handle(request);
            }
            return true;
        }

        private @Nullable String refusal(Authentication client, ApiKeys apiKey, short apiVersion) {
            if (isSasl(apiKey)) {
                return apiKey.isVersionSupported(apiVersion) ? null : apiKey + " v" + apiVersion + " is not supported";
            }
            if (apiKey == ApiKeys.API_VERSIONS) {
                return null;
            }
            if (!client.isComplete()) {
                return apiKey + " before authentication";
            }
            if (client.hasExpired(Connection.nowMs())) {
                return "the session has expired without re-authentication";
            }
            return apis.serves(apiKey, apiVersion) ? null : apiKey + " v" + apiVersion + " is not served";
        }

        private void handle(PendingRequest request) {
            try {
                apis.entry(request.apiKey())
                        .orElseThrow(() -> new IllegalStateException("no handler for " + request.apiKey()))
                        .handler()
                        .handle(request);
            } catch (RuntimeException | StackOverflowError e) {
                log.warn("{} of {} failed", request, connection, e);
                if (request.state() == PendingRequest.WAITING) {
                    AbstractResponse error = errorResponse(request, e);
                    if (error == null) {
                        request.disconnect("the request failed and the client expects no answer");
                    } else {
                        request.respond(error);
                    }
                }
            }
        }

        private @Nullable AbstractResponse errorResponse(PendingRequest request, Throwable e) {
            try {
                return request.body().getErrorResponse(e);
            } catch (RuntimeException none) {
                log.debug("no error response for {}", request, none);
                return null;
            }
        }

        private void authenticate(Authentication client, PendingRequest request) {
            Authentication.Step step = client.request(request.body(), Connection.nowMs());
            AbstractResponse response = step.response();
            if (step.failure() != null) {
                failLater(step.failure(), () -> {
                    if (response == null) {
                        request.respondNothing();
                    } else {
                        request.respond(response);
                    }
                });
            } else if (response != null) {
                request.respond(response);
                noteAuthenticated(client);
            } else {
                request.respondNothing();
            }
        }

        private void bareToken(Authentication client, ByteBuffer bytes) {
            Authentication.Step step = client.token(bytes);
            if (step.failure() != null) {
                failLater(step.failure(), () -> {});
            } else {
                if (step.token() != null) {
                    inFlight.addLast(ByteBufferSend.sizePrefixed(ByteBuffer.wrap(step.token())));
                }
                noteAuthenticated(client);
            }
        }

        /// Guessing passwords is slow: the refusal, and the end, come after a delay.
        private void failLater(String failure, Runnable answer) {
            log.info("Authentication of {} failed: {}", connection, failure);
            lastRequestSeen = true;
            lateFailure = answer;
            connection.waitsForHandlers(true);
            scheduleOnce(LATE_FAILURE, Duration.ofMillis(connection.settings().failedAuthenticationDelayMs()));
        }

        @Override
        public void onTimer(Object timerKey) {
            Runnable answer = lateFailure;
            if (answer != null) {
                lateFailure = null;
                answer.run();
                sendAnswers();
            }
        }

        private void noteAuthenticated(Authentication client) {
            if (client.isComplete()) {
                connection.authenticated();
            }
        }

        private RequestContext contextOf(Authentication client, RequestHeader header) {
            return new RequestContext(
                    header,
                    connectionName,
                    connection.remoteAddress(),
                    Optional.of(connection.remote().getPort()),
                    principalOf(client),
                    listenerName,
                    connection.securityProtocol(),
                    ClientInformation.EMPTY,
                    false);
        }

        private RequestOrigin originOf(Authentication client, String clientId) {
            RequestOrigin last = lastOrigin;
            KafkaPrincipal principal = principalOf(client);
            if (last == null
                    || !last.clientId().equals(clientId)
                    || !last.principal().equals(principal)) {
                last = new RequestOrigin(
                        connection.id(),
                        clientId,
                        connection.remoteAddress().getHostAddress(),
                        connection.listener(),
                        connection.securityProtocol(),
                        principal,
                        connection.local().getAddress().getHostAddress(),
                        connection.local().getPort());
                lastOrigin = last;
            }
            return last;
        }

        private KafkaPrincipal principalOf(Authentication client) {
            return client.isComplete() ? client.principal() : KafkaPrincipal.ANONYMOUS;
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
            connection.waitsForHandlers(!inFlight.isEmpty() || lateFailure != null);
            if (lastRequestSeen) {
                if (inFlight.isEmpty() && lateFailure == null && !isClosed(out)) {
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
                    Send send = encode(request);
                    yield send != null && pushIfPulled(send);
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

        /// Null when the connection had to be closed, as no answer can be made.
        private @Nullable Send encode(PendingRequest request) {
            try {
                return request.context().buildResponseSend(request.response());
            } catch (RuntimeException e) {
                log.error("The response to {} of {} cannot be encoded", request, connection, e);
                try {
                    AbstractResponse error = request.body().getErrorResponse(e);
                    if (error != null) {
                        return request.context().buildResponseSend(error);
                    }
                } catch (RuntimeException again) {
                    log.debug("nor can its error response", again);
                }
                end("a response cannot be encoded");
                return null;
            }
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

    private static boolean isSasl(ApiKeys apiKey) {
        return apiKey == ApiKeys.SASL_HANDSHAKE || apiKey == ApiKeys.SASL_AUTHENTICATE;
    }
}
