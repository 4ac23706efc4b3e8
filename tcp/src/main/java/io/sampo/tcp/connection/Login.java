package io.sampo.tcp.connection;

import java.nio.ByteBuffer;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out the steps of one connection's authentication. A refusal waits for [#answerFailure]: guessing
/// passwords is slow.
///
/// Thread rule: the connection's thread.
final class Login {

    private static final Logger log = LoggerFactory.getLogger(Login.class);

    private final Connection connection;
    private final RequestStage.Authentications authentications;
    private @Nullable Authentication client;
    private @Nullable Runnable lateAnswer;

    Login(Connection connection, RequestStage.Authentications authentications) {
        this.connection = connection;
        this.authentications = authentications;
    }

    /// Who the client is; from the first frame on.
    Authentication client() {
        Authentication known = client;
        if (known == null) {
            known = authentications.start(connection);
            client = known;
            noteComplete(known);
        }
        return known;
    }

    /// Takes a SaslHandshake or SaslAuthenticate request, and answers it now or with [#answerFailure].
    void request(PendingRequest request) {
        Authentication known = client();
        Authentication.Step step = known.request(request.body(), Connection.nowMs());
        AbstractResponse response = step.response();
        if (step.failure() != null) {
            failed(step.failure(), () -> {
                if (response == null) {
                    request.respondNothing();
                } else {
                    request.respond(response);
                }
            });
        } else if (response != null) {
            request.respond(response);
            noteComplete(known);
        } else {
            request.respondNothing();
        }
    }

    /// Takes a bare token.
    ///
    /// @return the answer, if there is one
    @Nullable
    Send token(ByteBuffer token) {
        Authentication known = client();
        Authentication.Step step = known.token(token);
        if (step.failure() != null) {
            failed(step.failure(), () -> {});
            return null;
        }
        noteComplete(known);
        return step.token() == null ? null : ByteBufferSend.sizePrefixed(ByteBuffer.wrap(step.token()));
    }

    /// Whether the client was refused, and its answer is still to be given.
    boolean hasFailed() {
        return lateAnswer != null;
    }

    /// After the delay; nothing for the second time.
    void answerFailure() {
        Runnable answer = lateAnswer;
        if (answer != null) {
            lateAnswer = null;
            answer.run();
        }
    }

    void close() {
        if (client != null) {
            client.close();
        }
    }

    private void failed(String failure, Runnable answer) {
        log.info("Authentication of {} failed: {}", connection, failure);
        lateAnswer = answer;
    }

    private void noteComplete(Authentication known) {
        if (known.isComplete()) {
            connection.authenticated();
        }
    }
}
