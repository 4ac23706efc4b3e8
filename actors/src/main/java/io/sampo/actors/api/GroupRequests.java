package io.sampo.actors.api;

import io.sampo.actors.group.GroupCoordinator;
import io.sampo.actors.group.GroupQuestion;
import io.sampo.actors.group.GroupReply;
import io.sampo.core.api.ClientRequest;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/// What the handlers of the group APIs have in common: a client's request as a question to a coordinator.
final class GroupRequests {
    private GroupRequests() {}

    static GroupCoordinator.Ask ask(ClientRequest request, GroupQuestion question, GroupReply replyTo) {
        return ask(request, question, false, replyTo);
    }

    /// For answers that must not be older than the question.
    static GroupCoordinator.Ask askAfterBarrier(ClientRequest request, GroupQuestion question, GroupReply replyTo) {
        return ask(request, question, true, replyTo);
    }

    private static GroupCoordinator.Ask ask(
            ClientRequest request, GroupQuestion question, boolean afterBarrier, GroupReply replyTo) {
        // Kafka shows the client's address as Java prints an InetAddress without a name.
        return new GroupCoordinator.Ask(
                question,
                afterBarrier,
                request.apiVersion(),
                request.origin().clientId(),
                "/" + request.origin().clientHost(),
                replyTo);
    }

    /// Answers the client with what the coordinator says, or with the error in the API's own form.
    static <T extends ApiMessage> GroupReply respond(
            ClientRequest request, Class<T> type, Function<T, AbstractResponse> response) {
        return reply(type, answer -> request.respond(response.apply(answer)), error -> refuse(request, error));
    }

    static <T extends ApiMessage> GroupReply reply(Class<T> type, Consumer<T> answered, Consumer<Errors> failed) {
        return new GroupReply() {
            @Override
            public void answered(ApiMessage response) {
                answered.accept(type.cast(response));
            }

            @Override
            public void failed(Errors error) {
                failed.accept(error);
            }
        };
    }

    static void refuse(ClientRequest request, Errors error) {
        request.respond(request.body().getErrorResponse(0, error.exception()));
    }
}
