package io.sampo.core.group;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.jspecify.annotations.Nullable;

/// One member of a classic group. Mutable; owned by its [ClassicGroup].
final class Member {
    /// No request is parked.
    static final long NOT_WAITING = -1;

    static final byte[] NO_ASSIGNMENT = new byte[0];

    private final String memberId;
    private final @Nullable String groupInstanceId;
    private final String clientId;
    private final String clientHost;
    private final String protocolType;
    private List<Protocol> protocols;
    private int rebalanceTimeoutMs;
    private int sessionTimeoutMs;
    private byte[] assignment;
    private long joinRequestId = NOT_WAITING;
    private long syncRequestId = NOT_WAITING;
    private boolean isNew;

    /// One assignment strategy that a member can use, with its opaque metadata (subscription).
    @SuppressWarnings("ArrayRecordComponent")
    record Protocol(String name, byte[] metadata) {
        static List<Protocol> of(Collection<JoinGroupRequestProtocol> requested) {
            List<Protocol> protocols = new ArrayList<>(requested.size());
            requested.forEach(each -> protocols.add(new Protocol(each.name(), each.metadata())));
            return List.copyOf(protocols);
        }

        boolean sameAs(Protocol other) {
            return name.equals(other.name) && Arrays.equals(metadata, other.metadata);
        }
    }

    Member(
            String memberId,
            @Nullable String groupInstanceId,
            String clientId,
            String clientHost,
            int rebalanceTimeoutMs,
            int sessionTimeoutMs,
            String protocolType,
            List<Protocol> protocols,
            byte[] assignment) {
        this.memberId = memberId;
        this.groupInstanceId = groupInstanceId;
        this.clientId = clientId;
        this.clientHost = clientHost;
        this.rebalanceTimeoutMs = rebalanceTimeoutMs;
        this.sessionTimeoutMs = sessionTimeoutMs;
        this.protocolType = protocolType;
        this.protocols = protocols;
        this.assignment = assignment;
    }

    /// The same static member after a restart, under its new id (KIP-345). Requests that are parked stay behind.
    Member withId(String newMemberId) {
        return new Member(
                newMemberId,
                groupInstanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                protocolType,
                protocols,
                assignment);
    }

    void update(List<Protocol> newProtocols, int newRebalanceTimeoutMs, int newSessionTimeoutMs) {
        protocols = newProtocols;
        rebalanceTimeoutMs = newRebalanceTimeoutMs;
        sessionTimeoutMs = newSessionTimeoutMs;
    }

    /// The protocol this member likes best among the candidates.
    String vote(Set<String> candidates) {
        for (Protocol protocol : protocols) {
            if (candidates.contains(protocol.name())) {
                return protocol.name();
            }
        }
        throw new IllegalStateException("member " + memberId + " supports none of " + candidates);
    }

    byte[] metadata(@Nullable String protocolName) {
        for (Protocol protocol : protocols) {
            if (protocol.name().equals(protocolName)) {
                return protocol.metadata();
            }
        }
        throw new IllegalStateException("member " + memberId + " does not support protocol " + protocolName);
    }

    boolean hasSameProtocols(List<Protocol> others) {
        if (others.size() != protocols.size()) {
            return false;
        }
        for (int i = 0; i < others.size(); i++) {
            if (!protocols.get(i).sameAs(others.get(i))) {
                return false;
            }
        }
        return true;
    }

    /// A member with a parked request is alive without heartbeats; but a new one cannot heartbeat at all yet, so
    /// its join must not wait for ever.
    boolean isAliveWithoutHeartbeat() {
        return !isNew && (isAwaitingJoin() || isAwaitingSync());
    }

    String memberId() {
        return memberId;
    }

    @Nullable
    String groupInstanceId() {
        return groupInstanceId;
    }

    boolean isStatic() {
        return groupInstanceId != null;
    }

    String clientId() {
        return clientId;
    }

    String clientHost() {
        return clientHost;
    }

    String protocolType() {
        return protocolType;
    }

    List<Protocol> protocols() {
        return protocols;
    }

    int rebalanceTimeoutMs() {
        return rebalanceTimeoutMs;
    }

    int sessionTimeoutMs() {
        return sessionTimeoutMs;
    }

    byte[] assignment() {
        return assignment;
    }

    void setAssignment(byte[] newAssignment) {
        assignment = newAssignment;
    }

    long joinRequestId() {
        return joinRequestId;
    }

    void setJoinRequestId(long requestId) {
        joinRequestId = requestId;
    }

    boolean isAwaitingJoin() {
        return joinRequestId != NOT_WAITING;
    }

    long syncRequestId() {
        return syncRequestId;
    }

    void setSyncRequestId(long requestId) {
        syncRequestId = requestId;
    }

    boolean isAwaitingSync() {
        return syncRequestId != NOT_WAITING;
    }

    void setNew(boolean newlyAdded) {
        isNew = newlyAdded;
    }
}
