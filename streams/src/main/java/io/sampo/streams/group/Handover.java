package io.sampo.streams.group;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;

/// What passes between a member and its listener. New partitions are handed out once their committed offsets are
/// known; what must go is drained first, within `sampo.drain.timeout.ms`; what the group gave away is lost.
final class Handover {
    private final Outbox outbox;
    private final GroupSettings settings;
    private final GroupSettings.Times times;
    private final Backoff backoff;
    private final Ownership ownership = new Ownership();

    private long lookupId = Outbox.NONE;
    private long lookupAtMs = Membership.NEVER;

    Handover(Outbox outbox, GroupSettings settings, Backoff backoff) {
        this.outbox = outbox;
        this.settings = settings;
        this.times = settings.times();
        this.backoff = backoff;
    }

    Set<TopicPartition> granted() {
        return ownership.granted();
    }

    Set<TopicPartition> held() {
        return ownership.held();
    }

    boolean isDraining() {
        return ownership.isDraining();
    }

    /// @return what the listener has, and must give up
    Set<TopicPartition> grant(Set<TopicPartition> assignment) {
        Set<TopicPartition> mustGo = ownership.kept();
        mustGo.removeAll(assignment);
        ownership.grant(assignment);
        return mustGo;
    }

    /// Begins to hand out what was granted.
    void handOut() {
        lookupAtMs = outbox.nowMs();
        if (ownership.awaited().isEmpty()) {
            outbox.add(new Effect.Assigned(Map.of(), ownership.kept()));
        }
    }

    // Committed offsets of what is new.

    /// @param memberEpoch -1 in the classic protocol
    void lookUpWhenDue(String memberId, int memberEpoch) {
        if (lookupId == Outbox.NONE && lookupAtMs <= outbox.nowMs()) {
            Set<TopicPartition> awaited = ownership.awaited();
            lookupAtMs = Membership.NEVER;
            if (!awaited.isEmpty()) {
                lookupId = outbox.send(
                        OffsetLookup.request(settings.groupId(), memberId, memberEpoch, awaited),
                        times.requestTimeoutMs());
            }
        }
    }

    /// When the next question for offsets is due; NEVER while one is under way.
    long lookupAtMs() {
        return lookupId == Outbox.NONE ? lookupAtMs : Membership.NEVER;
    }

    void abandonLookup() {
        lookupId = Outbox.NONE;
    }

    boolean isWaitingFor(long id) {
        return id == lookupId;
    }

    /// @return an error that time does not heal; NONE: there is none
    Errors found(OffsetFetchResponseGroup answer) {
        lookupId = Outbox.NONE;
        OffsetLookup.Found found = OffsetLookup.read(answer, ownership.awaited());
        switch (Verdict.of(found.groupError())) {
            case NONE -> {
                if (found.fatal() != Errors.NONE) {
                    return found.fatal();
                }
                if (!found.offsets().isEmpty()) {
                    ownership.handedOver(found.offsets().keySet());
                    outbox.add(new Effect.Assigned(found.offsets(), ownership.kept()));
                }
                if (ownership.awaited().isEmpty()) {
                    backoff.succeeded();
                } else {
                    lookUpLater();
                }
            }
            case REDISCOVER -> {
                outbox.add(new Effect.ForgetCoordinator());
                lookUpLater();
            }
            case FATAL -> {
                return found.groupError();
            }
            default -> lookUpLater();
        }
        return Errors.NONE;
    }

    /// What was found is not taken.
    void lookUpAnew() {
        lookupId = Outbox.NONE;
        lookupAtMs = outbox.nowMs();
    }

    void notFound() {
        lookupId = Outbox.NONE;
        lookUpLater();
    }

    private void lookUpLater() {
        lookupAtMs = outbox.nowMs() + backoff.nextMs();
    }

    // Giving up.

    /// The listener is to give up what it has of these.
    void drain(Collection<TopicPartition> partitions) {
        Set<TopicPartition> kept = ownership.kept();
        kept.retainAll(partitions);
        if (!kept.isEmpty()) {
            Ownership.Drain drain = ownership.drain(kept, outbox.nowMs() + times.drainLimitMs());
            outbox.add(new Effect.Revoke(drain.revocationId(), drain.partitions()));
        }
    }

    /// The member does not claim these when it joins again.
    void renounce(Collection<TopicPartition> partitions) {
        ownership.renounce(partitions);
    }

    /// @return whether this was the last drain that was under way
    boolean drained(long revocationId) {
        return ownership.drained(revocationId) && !ownership.isDraining();
    }

    /// Takes away what was not drained in time.
    ///
    /// @return empty: nothing is overdue
    Optional<Long> overdue() {
        Optional<Ownership.Drain> overdue =
                ownership.overdue(outbox.nowMs()).stream().findFirst();
        overdue.ifPresent(drain -> outbox.add(new Effect.Lost(
                drain.partitions(), "not drained within " + times.drainLimitMs() + " ms; another member goes on")));
        return overdue.map(Ownership.Drain::revocationId);
    }

    long drainDeadlineMs() {
        return ownership.nextDeadlineMs().orElse(Membership.NEVER);
    }

    void loseAll(String why) {
        lookupId = Outbox.NONE;
        Set<TopicPartition> lost = ownership.loseAll();
        if (!lost.isEmpty()) {
            outbox.add(new Effect.Lost(lost, why));
        }
    }
}
