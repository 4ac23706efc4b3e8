package io.sampo.core.metadata;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialDeletion;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialUpsertion;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData.AlterUserScramCredentialsResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramCredentialUtils;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.jspecify.annotations.Nullable;

/// Decides on changes of SCRAM credentials (KIP-554). A user's changes happen all or none.
final class ScramRules {
    /// Kafka's bounds: fewer are too weak, more would let a client burn the server's time.
    static final int MAX_ITERATIONS = 16_384;

    private ScramRules() {}

    static Decision<AlterUserScramCredentialsResponseData> alter(
            MetadataImage image, AlterUserScramCredentialsRequestData request) {
        Map<String, Problem> problems = new LinkedHashMap<>();
        Map<String, List<MetadataRecord>> records = new LinkedHashMap<>();
        for (ScramCredentialDeletion deletion : request.deletions()) {
            records.computeIfAbsent(deletion.name(), _ -> new ArrayList<>());
            Problem problem = delete(image, deletion, records.get(deletion.name()));
            if (problem != null) {
                problems.putIfAbsent(deletion.name(), problem);
            }
        }
        for (ScramCredentialUpsertion upsertion : request.upsertions()) {
            records.computeIfAbsent(upsertion.name(), _ -> new ArrayList<>());
            Problem problem = upsert(upsertion, records.get(upsertion.name()));
            if (problem != null) {
                problems.putIfAbsent(upsertion.name(), problem);
            }
        }
        AlterUserScramCredentialsResponseData response = new AlterUserScramCredentialsResponseData();
        List<MetadataRecord> all = new ArrayList<>();
        records.forEach((user, changes) -> {
            Problem problem = problems.get(user);
            if (problem == null) {
                all.addAll(changes);
            }
            response.results()
                    .add(new AlterUserScramCredentialsResult()
                            .setUser(user)
                            .setErrorCode((problem == null ? Errors.NONE : problem.error()).code())
                            .setErrorMessage(problem == null ? null : problem.message()));
        });
        return new Decision<>(all, response);
    }

    private static @Nullable Problem delete(
            MetadataImage image, ScramCredentialDeletion deletion, @Nullable List<MetadataRecord> records) {
        ScramMechanism mechanism = ScramMechanism.fromType(deletion.mechanism());
        Problem problem = check(deletion.name(), mechanism, records);
        if (problem != null) {
            return problem;
        }
        if (!image.scramCredentials()
                .getOrDefault(mechanism.mechanismName(), Collections.emptySortedMap())
                .containsKey(deletion.name())) {
            return new Problem(Errors.RESOURCE_NOT_FOUND, "The user has no credential of that mechanism.");
        }
        add(records, new MetadataRecord.ScramCredentialChanged(mechanism.mechanismName(), deletion.name(), null));
        return null;
    }

    private static @Nullable Problem upsert(
            ScramCredentialUpsertion upsertion, @Nullable List<MetadataRecord> records) {
        ScramMechanism mechanism = ScramMechanism.fromType(upsertion.mechanism());
        Problem problem = check(upsertion.name(), mechanism, records);
        if (problem != null) {
            return problem;
        }
        var internal = org.apache.kafka.common.security.scram.internals.ScramMechanism.forMechanismName(
                mechanism.mechanismName());
        if (upsertion.iterations() < internal.minIterations() || upsertion.iterations() > MAX_ITERATIONS) {
            return new Problem(
                    Errors.UNACCEPTABLE_CREDENTIAL,
                    "The number of iterations must be from " + internal.minIterations() + " to " + MAX_ITERATIONS
                            + ".");
        }
        if (upsertion.salt().length == 0 || upsertion.saltedPassword().length == 0) {
            return new Problem(Errors.UNACCEPTABLE_CREDENTIAL, "Salt and salted password must not be empty.");
        }
        try {
            ScramFormatter formatter = new ScramFormatter(internal);
            ScramCredential credential = new ScramCredential(
                    upsertion.salt(),
                    formatter.storedKey(formatter.clientKey(upsertion.saltedPassword())),
                    formatter.serverKey(upsertion.saltedPassword()),
                    upsertion.iterations());
            add(
                    records,
                    new MetadataRecord.ScramCredentialChanged(
                            mechanism.mechanismName(),
                            upsertion.name(),
                            ScramCredentialUtils.credentialToString(credential)));
            return null;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            return new Problem(Errors.UNACCEPTABLE_CREDENTIAL, "The salted password cannot be used as a key.");
        }
    }

    private static void add(@Nullable List<MetadataRecord> records, MetadataRecord record) {
        if (records != null) {
            records.add(record);
        }
    }

    private static @Nullable Problem check(
            String user, ScramMechanism mechanism, @Nullable List<MetadataRecord> earlier) {
        if (user.isEmpty()) {
            return new Problem(Errors.UNACCEPTABLE_CREDENTIAL, "The name of the user must not be empty.");
        }
        if (mechanism == ScramMechanism.UNKNOWN) {
            return new Problem(Errors.UNSUPPORTED_SASL_MECHANISM, "The SCRAM mechanism is not known.");
        }
        boolean twice = earlier != null
                && earlier.stream()
                        .anyMatch(record -> record instanceof MetadataRecord.ScramCredentialChanged changed
                                && changed.mechanism().equals(mechanism.mechanismName()));
        return twice
                ? new Problem(Errors.DUPLICATE_RESOURCE, "The request changes a credential of the user twice.")
                : null;
    }
}
