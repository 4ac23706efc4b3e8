package io.sampo.streams.group;

import io.sampo.streams.connection.Failures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Commits of one member. One request is under way at a time, so that no commit overtakes another; what comes
/// meanwhile is gathered, and of each partition only the furthest offset is sent.
///
/// Deterministic: no clock, no threads.
final class CommitQueue {
    /// @param sequence of the commits: a higher one stands for all before it
    private record Entry(long sequence, OffsetAndMetadata offset) {}

    /// @param entries those of partitions that were given up since are taken out: the next time that the member
    ///     owns
    ///     one, others may have committed of it (simulation, range, seed 179)
    private record InFlight(long requestId, String memberId, int generationId, Map<TopicPartition, Entry> entries) {}

    /// @param open what it still waits for: the sequence, by partition
    private record Waiter(long commitId, Map<TopicPartition, Long> open, long untilMs) {}

    private final GroupSettings settings;
    private final LongSupplier requestIds;
    private final Backoff backoff;

    private final Map<TopicPartition, Entry> pending = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    /// Committed, as far as is known, by held partition.
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    /// Their next commit may be of a lower offset.
    private final Set<TopicPartition> rewound = new HashSet<>();

    private @Nullable InFlight inFlight;
    private long lastSequence;
    private long retryAtMs;

    CommitQueue(GroupSettings settings, LongSupplier requestIds, RandomGenerator random) {
        this.settings = settings;
        this.requestIds = requestIds;
        this.backoff = new Backoff(settings.times(), random);
    }

    /// New partitions: nothing before these offsets is committed.
    void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added) {
        added.forEach((partition, offset) -> {
            rewound.remove(partition);
            committed.put(partition, offset.map(OffsetAndMetadata::offset).orElse(-1L));
        });
    }

    void rewound(Set<TopicPartition> partitions) {
        partitions.stream().filter(committed::containsKey).forEach(rewound::add);
    }

    void submit(
            long commitId,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            Standing standing,
            long nowMs,
            List<Effect> effects) {
        Set<TopicPartition> foreign = new HashSet<>(offsets.keySet());
        foreign.removeAll(standing.held());
        if (!foreign.isEmpty()) {
            effects.add(new Effect.NotCommitted(
                    commitId,
                    standing.over()
                            ? new CommitFailed(CommitFailed.Reason.CLOSED, foreign, "the member is closed", null)
                            : new CommitFailed(
                                    CommitFailed.Reason.NOT_OWNED, foreign, "the member does not own them", null)));
        }
        Waiter waiter =
                new Waiter(commitId, new HashMap<>(), nowMs + settings.times().apiTimeoutMs());
        offsets.forEach((partition, offset) -> {
            if (!foreign.contains(partition)) {
                enqueue(partition, offset).ifPresent(sequence -> waiter.open().put(partition, sequence));
            }
        });
        if (!foreign.isEmpty()) {
            // What is owned is committed all the same; nobody waits for it.
            waiters.add(new Waiter(NOBODY, waiter.open(), waiter.untilMs()));
        } else if (waiter.open().isEmpty()) {
            effects.add(new Effect.Committed(commitId));
        } else {
            waiters.add(waiter);
        }
    }

    private static final long NOBODY = -1;

    /// @return the sequence to wait for; empty: committed already
    private Optional<Long> enqueue(TopicPartition partition, OffsetAndMetadata offset) {
        if (!rewound.remove(partition)) {
            Entry ahead = pending.get(partition);
            if (ahead == null && inFlight != null) {
                ahead = inFlight.entries().get(partition);
            }
            if (ahead != null && ahead.offset().offset() >= offset.offset()) {
                return Optional.of(ahead.sequence());
            }
            if (ahead == null && committed.getOrDefault(partition, -1L) >= offset.offset()) {
                return Optional.empty();
            }
        }
        Entry entry = new Entry(++lastSequence, offset);
        pending.put(partition, entry);
        return Optional.of(entry.sequence());
    }

    /// Gives up what cannot be done any more, and sends what can be sent.
    ///
    /// @param lost of the partitions that are not held any more: those without which the group went on
    void advance(Standing standing, Set<TopicPartition> lost, long nowMs, List<Effect> effects) {
        Set<TopicPartition> gone = new HashSet<>(committed.keySet());
        gone.removeAll(standing.held());
        if (!gone.isEmpty()) {
            committed.keySet().removeAll(gone);
            rewound.removeAll(gone);
            pending.keySet().removeAll(gone);
            if (inFlight != null) {
                inFlight.entries().keySet().removeAll(gone);
            }
            boolean fenced = gone.stream().anyMatch(lost::contains);
            failWaiters(
                    gone::contains,
                    fenced ? CommitFailed.Reason.FENCED : CommitFailed.Reason.NOT_OWNED,
                    "the member does not own them any more",
                    null,
                    effects);
        }
        for (Waiter waiter : List.copyOf(waiters)) {
            if (waiter.untilMs() <= nowMs) {
                waiters.remove(waiter);
                failed(
                        waiter,
                        waiter.open().keySet(),
                        CommitFailed.Reason.TIMEOUT,
                        "no success within " + settings.times().apiTimeoutMs() + " ms",
                        null,
                        effects);
            }
        }
        pending.keySet()
                .removeIf(partition ->
                        waiters.stream().noneMatch(waiter -> waiter.open().containsKey(partition)));
        if (inFlight == null && !pending.isEmpty() && standing.canCommit() && retryAtMs <= nowMs) {
            send(standing, effects);
        }
    }

    private void send(Standing standing, List<Effect> effects) {
        Map<TopicPartition, Entry> entries = new HashMap<>(pending);
        pending.clear();
        Map<String, OffsetCommitRequestTopic> topics = new TreeMap<>();
        entries.forEach((partition, entry) -> topics.computeIfAbsent(
                        partition.topic(), name -> new OffsetCommitRequestTopic().setName(name))
                .partitions()
                .add(new OffsetCommitRequestPartition()
                        .setPartitionIndex(partition.partition())
                        .setCommittedOffset(entry.offset().offset())
                        .setCommittedLeaderEpoch(entry.offset().leaderEpoch().orElse(-1))
                        .setCommittedMetadata(entry.offset().metadata())));
        inFlight = new InFlight(requestIds.getAsLong(), standing.memberId(), standing.generationId(), entries);
        effects.add(new Effect.Send(
                inFlight.requestId(),
                new OffsetCommitRequestData()
                        .setGroupId(settings.groupId())
                        .setGenerationIdOrMemberEpoch(standing.generationId())
                        .setMemberId(standing.memberId())
                        .setGroupInstanceId(settings.groupInstanceId().orElse(null))
                        .setTopics(List.copyOf(topics.values())),
                settings.times().requestTimeoutMs()));
    }

    boolean isWaitingFor(long requestId) {
        return inFlight != null && inFlight.requestId() == requestId;
    }

    /// @param standing when the answer came
    /// @return what the answer says to the membership; NONE: nothing
    Optional<Input.CommitRefused> answered(
            OffsetCommitResponseData answer, Standing standing, long nowMs, List<Effect> effects) {
        InFlight sent = takeInFlight();
        Map<TopicPartition, Errors> errors = new HashMap<>();
        for (OffsetCommitResponseTopic topic : answer.topics()) {
            for (OffsetCommitResponsePartition partition : topic.partitions()) {
                errors.put(
                        new TopicPartition(topic.name(), partition.partitionIndex()),
                        Errors.forCode(partition.errorCode()));
            }
        }
        boolean current = standing.generationId() == sent.generationId()
                && standing.memberId().equals(sent.memberId());
        Errors refusal = Errors.NONE;
        boolean again = false;
        boolean forget = false;
        for (Map.Entry<TopicPartition, Entry> one : sent.entries().entrySet()) {
            TopicPartition partition = one.getKey();
            Errors error = errors.getOrDefault(partition, Errors.UNKNOWN_SERVER_ERROR);
            Verdict verdict = Verdict.of(error);
            boolean left = (verdict == Verdict.GENERATION_LOST || verdict == Verdict.MEMBER_LOST) && !current;
            if (verdict == Verdict.NONE) {
                succeeded(partition, one.getValue(), effects);
            } else if (left || verdict == Verdict.RETRY || verdict == Verdict.REDISCOVER || verdict == Verdict.REJOIN) {
                pending.putIfAbsent(partition, one.getValue());
                again = true;
                forget |= verdict == Verdict.REDISCOVER;
                refusal = verdict == Verdict.REJOIN ? error : refusal;
            } else {
                boolean fenced = verdict != Verdict.FATAL || error == Errors.FENCED_INSTANCE_ID;
                refusal = fenced ? error : refusal;
                pending.remove(partition);
                failWaiters(
                        partition::equals,
                        fenced ? CommitFailed.Reason.FENCED : CommitFailed.Reason.REFUSED,
                        error.name(),
                        error.exception(),
                        effects);
            }
        }
        if (forget) {
            effects.add(new Effect.ForgetCoordinator());
        }
        pause(again, nowMs);
        return refusal == Errors.NONE
                ? Optional.empty()
                : Optional.of(new Input.CommitRefused(sent.memberId(), sent.generationId(), refusal));
    }

    void notAnswered(Throwable failure, long nowMs, List<Effect> effects) {
        InFlight sent = takeInFlight();
        if (Verdict.of(failure) == Verdict.FATAL) {
            failWaiters(
                    sent.entries()::containsKey,
                    CommitFailed.Reason.REFUSED,
                    String.valueOf(Failures.cause(failure).getMessage()),
                    Failures.cause(failure),
                    effects);
        } else {
            sent.entries().forEach(pending::putIfAbsent);
            effects.add(new Effect.ForgetCoordinator());
            pause(true, nowMs);
        }
    }

    private InFlight takeInFlight() {
        InFlight sent = inFlight;
        if (sent == null) {
            throw new IllegalStateException("no commit is under way");
        }
        inFlight = null;
        return sent;
    }

    private void pause(boolean again, long nowMs) {
        if (again) {
            retryAtMs = nowMs + backoff.nextMs();
        } else {
            retryAtMs = nowMs;
            backoff.succeeded();
        }
    }

    private void succeeded(TopicPartition partition, Entry entry, List<Effect> effects) {
        committed.computeIfPresent(partition, (_, _) -> entry.offset().offset());
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            Long sequence = waiter.open().get(partition);
            if (sequence != null && sequence <= entry.sequence()) {
                waiter.open().remove(partition);
                if (waiter.open().isEmpty()) {
                    all.remove();
                    if (waiter.commitId() != NOBODY) {
                        effects.add(new Effect.Committed(waiter.commitId()));
                    }
                }
            }
        }
    }

    private void failWaiters(
            Predicate<TopicPartition> which,
            CommitFailed.Reason reason,
            String what,
            @Nullable Throwable cause,
            List<Effect> effects) {
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            Set<TopicPartition> concerned = new HashSet<>(waiter.open().keySet());
            concerned.removeIf(which.negate());
            if (concerned.isEmpty()) {
                continue;
            }
            waiter.open().keySet().removeAll(concerned);
            all.remove();
            failed(waiter, concerned, reason, what, cause, effects);
            if (!waiter.open().isEmpty()) {
                orphans.add(new Waiter(NOBODY, waiter.open(), waiter.untilMs()));
            }
        }
        waiters.addAll(orphans);
        orphans.clear();
    }

    /// The rest of commits that failed in part.
    private final List<Waiter> orphans = new ArrayList<>();

    private static void failed(
            Waiter waiter,
            Set<TopicPartition> partitions,
            CommitFailed.Reason reason,
            String what,
            @Nullable Throwable cause,
            List<Effect> effects) {
        if (waiter.commitId() != NOBODY) {
            effects.add(new Effect.NotCommitted(
                    waiter.commitId(), new CommitFailed(reason, Set.copyOf(partitions), what, cause)));
        }
    }

    long wakeAtMs(Standing standing) {
        long wakeAtMs = waiters.stream().mapToLong(Waiter::untilMs).min().orElse(Membership.NEVER);
        boolean sends = inFlight == null && !pending.isEmpty() && standing.canCommit();
        return sends ? Math.min(wakeAtMs, retryAtMs) : wakeAtMs;
    }
}
