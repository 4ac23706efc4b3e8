package io.sampo.actors.api;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.utils.Utils;

/// What a client may do (KIP-430). Without access control lists that is everything that exists for the resource.
final class AuthorizedOperations {
    static final int OMITTED = Integer.MIN_VALUE;

    static final int TOPIC = bits(
            AclOperation.READ,
            AclOperation.WRITE,
            AclOperation.CREATE,
            AclOperation.DESCRIBE,
            AclOperation.DELETE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS);

    static final int CLUSTER = bits(
            AclOperation.CREATE,
            AclOperation.CLUSTER_ACTION,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS,
            AclOperation.IDEMPOTENT_WRITE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE);

    private AuthorizedOperations() {}

    private static int bits(AclOperation... operations) {
        return Utils.to32BitField(
                Arrays.stream(operations).map(AclOperation::code).collect(Collectors.toSet()));
    }
}
