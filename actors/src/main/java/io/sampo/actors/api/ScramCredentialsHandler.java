package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData.UserName;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData.CredentialInfo;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData.DescribeUserScramCredentialsResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterUserScramCredentialsRequest;
import org.apache.kafka.common.requests.AlterUserScramCredentialsResponse;
import org.apache.kafka.common.requests.DescribeUserScramCredentialsRequest;
import org.apache.kafka.common.requests.DescribeUserScramCredentialsResponse;
import org.apache.kafka.common.security.scram.internals.ScramCredentialUtils;

/// DescribeUserScramCredentials and AlterUserScramCredentials (v0, KIP-554). Only mechanism and iterations are
/// told, never salt or keys.
public final class ScramCredentialsHandler implements RequestHandler {
    private final ControllerClient controller;
    private final MetadataView metadata;

    public ScramCredentialsHandler(ControllerClient controller, MetadataView metadata) {
        this.controller = controller;
        this.metadata = metadata;
    }

    @Override
    public void handle(ClientRequest request) {
        switch (request.body()) {
            case DescribeUserScramCredentialsRequest describe -> request.respond(describe(describe.data()));
            case AlterUserScramCredentialsRequest alter ->
                Answers.whenDone(
                        request,
                        controller.submit(new ControllerCommand.AlterScramCredentials(alter.data())),
                        AlterUserScramCredentialsResponse::new);
            default -> throw new IllegalStateException("not served here: " + request.apiKey());
        }
    }

    private DescribeUserScramCredentialsResponse describe(DescribeUserScramCredentialsRequestData body) {
        SortedMap<String, List<CredentialInfo>> known = credentials(metadata.image());
        DescribeUserScramCredentialsResponseData data = new DescribeUserScramCredentialsResponseData();
        if (body.users() == null || body.users().isEmpty()) {
            known.forEach((user, credentials) -> data.results()
                    .add(new DescribeUserScramCredentialsResult().setUser(user).setCredentialInfos(credentials)));
            return new DescribeUserScramCredentialsResponse(data);
        }
        Map<String, Integer> mentions = new HashMap<>();
        body.users().forEach(user -> mentions.merge(user.name(), 1, Integer::sum));
        for (UserName user : body.users()) {
            DescribeUserScramCredentialsResult result = new DescribeUserScramCredentialsResult().setUser(user.name());
            List<CredentialInfo> credentials = known.get(user.name());
            if (mentions.getOrDefault(user.name(), 0) > 1) {
                result.setErrorCode(Errors.DUPLICATE_RESOURCE.code())
                        .setErrorMessage("The request names the user '" + user.name() + "' twice.");
            } else if (credentials == null) {
                result.setErrorCode(Errors.RESOURCE_NOT_FOUND.code())
                        .setErrorMessage("The user '" + user.name() + "' has no SCRAM credential.");
            } else {
                result.setCredentialInfos(credentials);
            }
            data.results().add(result);
        }
        return new DescribeUserScramCredentialsResponse(data);
    }

    private static SortedMap<String, List<CredentialInfo>> credentials(MetadataImage image) {
        SortedMap<String, List<CredentialInfo>> byUser = new TreeMap<>();
        image.scramCredentials()
                .forEach((mechanism, users) ->
                        users.forEach((user, credential) -> byUser.computeIfAbsent(user, _ -> new ArrayList<>())
                                .add(new CredentialInfo()
                                        .setMechanism(ScramMechanism.fromMechanismName(mechanism)
                                                .type())
                                        .setIterations(ScramCredentialUtils.credentialFromString(credential)
                                                .iterations()))));
        return byUser;
    }
}
