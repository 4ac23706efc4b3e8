package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.actors.metadata.TopicCreator;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.ControllerCommand;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;

/// CreateTopics (v2 to v7), DeleteTopics (v1 to v6) and CreatePartitions (v0 to v3).
///
/// What creates partitions is answered when they have leaders, or when the request's timeout is over: the topic
/// exists then all the same. A change that is not committed within the timeout is answered with REQUEST_TIMED_OUT.
public final class TopicChangesHandler implements RequestHandler {
    private final ControllerClient controller;
    private final TopicCreator creator;

    public TopicChangesHandler(ControllerClient controller, TopicCreator creator) {
        this.controller = controller;
        this.creator = creator;
    }

    @Override
    public void handle(ClientRequest request) {
        switch (request.body()) {
            case CreateTopicsRequest create -> create(request, create.data());
            case DeleteTopicsRequest delete -> delete(request, delete);
            case CreatePartitionsRequest create -> createPartitions(request, create.data());
            default -> throw new IllegalStateException("not served here: " + request.apiKey());
        }
    }

    private void create(ClientRequest request, CreateTopicsRequestData body) {
        Answers.whenDone(
                request,
                within(body.timeoutMs(), creator.create(body, wait(body.timeoutMs()))),
                CreateTopicsResponse::new);
    }

    private void delete(ClientRequest request, DeleteTopicsRequest body) {
        Answers.whenDone(
                request,
                within(body.data().timeoutMs(), controller.submit(new ControllerCommand.DeleteTopics(body.data()))),
                response -> {
                    if (request.apiVersion() < 3) {
                        // TOPIC_DELETION_DISABLED came with v3.
                        response.responses().forEach(topic -> {
                            if (topic.errorCode() == Errors.TOPIC_DELETION_DISABLED.code()) {
                                topic.setErrorCode(Errors.INVALID_REQUEST.code());
                            }
                        });
                    }
                    return new DeleteTopicsResponse(response);
                });
    }

    private void createPartitions(ClientRequest request, CreatePartitionsRequestData body) {
        Answers.whenDone(
                request,
                within(body.timeoutMs(), creator.grow(body, wait(body.timeoutMs()))),
                CreatePartitionsResponse::new);
    }

    /// The part of the client's timeout that commit and leaders may take together; the rest is for the answer's way
    /// back. A client that heard nothing in time would ask again, and be told that its own topic exists already.
    private static Duration wait(int timeoutMs) {
        return Duration.ofMillis(Math.max(0, timeoutMs - timeoutMs / 10));
    }

    private static <R> CompletionStage<R> within(int timeoutMs, CompletionStage<R> change) {
        // Some clients send 0 for "do not wait"; committing takes a moment, and there is no other way to answer.
        long bound = Math.max(1000, timeoutMs);
        return change.toCompletableFuture()
                .copy()
                .orTimeout(bound, TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> java.util.concurrent.CompletableFuture.failedFuture(
                        failure instanceof java.util.concurrent.TimeoutException
                                ? new TimeoutException("The change was not committed in time.")
                                : failure));
    }
}
