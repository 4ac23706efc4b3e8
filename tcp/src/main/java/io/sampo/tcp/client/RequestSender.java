package io.sampo.tcp.client;

import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
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
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;

/// Numbers requests, writes them as the socket takes them, and gives each response to its request. A broker answers
/// in order, so the oldest request in flight is the one that a response belongs to; another correlation id ends the
/// connection.
///
/// One instance serves one connection.
final class RequestSender extends GraphStage<FlowShape<Frame, Send>> {

    private final Inlet<Frame> in = Inlet.create("RequestSender.frames");
    private final Outlet<Send> out = Outlet.create("RequestSender.sends");
    private final FlowShape<Frame, Send> shape = FlowShape.of(in, out);
    private final Connection connection;
    private final String clientId;
    private final int maxWaiting;
    private final CompletableFuture<Void> established = new CompletableFuture<>();
    private volatile @Nullable Logic logic;

    RequestSender(Connection connection, String clientId, int maxWaiting) {
        this.connection = connection;
        this.clientId = clientId;
        this.maxWaiting = maxWaiting;
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

    CompletionStage<ClientResponse> send(AbstractRequest request) {
        Logic running = logic;
        CompletableFuture<ClientResponse> response = new CompletableFuture<>();
        if (running == null) {
            response.completeExceptionally(new DisconnectException("not connected"));
            return response;
        }
        // The stage may have ended: then nobody else completes the response. Not by a Java stage of the future, which
        // would wake a thread of the common pool for each request.
        running.calls
                .invokeWithFeedback(new Call(request, response))
                .onComplete(
                        taken -> taken.isFailure()
                                && response.completeExceptionally(new DisconnectException("connection closed")),
                        ExecutionContext.parasitic$.MODULE$);
        return response.minimalCompletionStage();
    }

    CompletionStage<Void> established() {
        return established.minimalCompletionStage();
    }

    void close() {
        Logic running = logic;
        if (running != null) {
            running.closing.invoke(NotUsed.getInstance());
        }
    }

    private record Call(AbstractRequest request, CompletableFuture<ClientResponse> response) {}

    private record InFlight(RequestHeader header, CompletableFuture<ClientResponse> response) {}

    private final class Logic extends GraphStageLogic {
        private final AsyncCallback<Call> calls = createAsyncCallback(this::onCall);
        private final AsyncCallback<NotUsed> closing = createAsyncCallback(_ -> completeStage());
        private final ArrayDeque<Call> waiting = new ArrayDeque<>();
        private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
        private int nextCorrelationId;
        /// A request without an answer that the socket has not taken yet.
        private @Nullable CompletableFuture<ClientResponse> unanswered;
        private @Nullable Throwable endedBy;

        Logic() {
            super(shape);
            setHandlers(in, out, new AbstractInOutHandler() {
                @Override
                public void onPush() {
                    Frame frame = grab(in);
                    connection.handedOver();
                    onResponse(frame);
                }

                @Override
                public void onPull() {
                    // The socket's stage pulls once it is established, then whenever it has written a request.
                    established.complete(null);
                    completeUnanswered();
                    writeNext();
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    endedBy = failure;
                    failStage(failure);
                }

                /// Comes first when the socket's stage fails; the cause is its failure.
                @Override
                public void onDownstreamFinish(Throwable cause) {
                    if (!(cause instanceof SubscriptionWithCancelException.NonFailureCancellation)) {
                        endedBy = cause;
                    }
                    cancelStage(cause);
                }
            });
        }

        @Override
        public void preStart() {
            pull(in);
        }

        @Override
        public void postStop() {
            DisconnectException gone = endedBy == null
                    ? new DisconnectException(connection + " closed")
                    : new DisconnectException(connection + " ended: " + endedBy, endedBy);
            established.completeExceptionally(endedBy == null ? gone : endedBy);
            CompletableFuture<ClientResponse> unwritten = unanswered;
            if (unwritten != null) {
                unwritten.completeExceptionally(gone);
            }
            inFlight.forEach(request -> request.response.completeExceptionally(gone));
            waiting.forEach(call -> call.response.completeExceptionally(gone));
        }

        private void onCall(Call call) {
            if (waiting.size() >= maxWaiting) {
                call.response.completeExceptionally(
                        new IllegalStateException(maxWaiting + " requests wait for " + connection));
                return;
            }
            waiting.addLast(call);
            writeNext();
        }

        private void writeNext() {
            if (waiting.isEmpty() || !isAvailable(out)) {
                return;
            }
            Call call = waiting.removeFirst();
            AbstractRequest request = call.request;
            RequestHeader header =
                    new RequestHeader(request.apiKey(), request.version(), clientId, nextCorrelationId++);
            try {
                Send send = request.toSend(header);
                if (request instanceof ProduceRequest produce && produce.acks() == 0) {
                    unanswered = call.response;
                } else {
                    inFlight.addLast(new InFlight(header, call.response));
                }
                push(out, send);
            } catch (RuntimeException e) {
                call.response.completeExceptionally(e);
                writeNext();
            }
        }

        private void completeUnanswered() {
            CompletableFuture<ClientResponse> written = unanswered;
            if (written != null) {
                unanswered = null;
                written.complete(new ClientResponse(new ProduceResponse(new ProduceResponseData()), null));
            }
        }

        private void onResponse(Frame frame) {
            InFlight oldest = inFlight.pollFirst();
            ByteBuffer bytes = frame.bytes();
            try {
                if (oldest == null) {
                    throw new IllegalStateException("a response without a request");
                }
                AbstractResponse body = AbstractResponse.parseResponse(bytes, oldest.header);
                if (!oldest.response.complete(new ClientResponse(body, frame))) {
                    frame.release();
                }
                pull(in);
            } catch (RuntimeException e) {
                frame.release();
                if (oldest != null) {
                    oldest.response.completeExceptionally(e);
                }
                failStage(e);
            }
        }
    }
}
