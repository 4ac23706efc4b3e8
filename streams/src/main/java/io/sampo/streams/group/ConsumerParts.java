package io.sampo.streams.group;

import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// What a member of the consumer protocol is made of. All parts write to one outbox.
record ConsumerParts(
        GroupSettings settings,
        Backoff backoff,
        Backoff topicBackoff,
        Outbox outbox,
        Seat seat,
        TopicWatch watch,
        ConsumerAssignment assignment,
        ConsumerHeartbeats heartbeats,
        Handover handover,
        Leaving leaving) {

    static ConsumerParts create(
            GroupSettings settings, String memberId, LongSupplier requestIds, RandomGenerator random) {
        Backoff backoff = new Backoff(settings.times(), random);
        // Heartbeats that succeed say nothing of metadata.
        Backoff topicBackoff = new Backoff(settings.times(), random);
        Outbox outbox = new Outbox(requestIds);
        Seat seat = new Seat();
        seat.named(memberId);
        TopicWatch watch = new TopicWatch(outbox, settings.times(), topicBackoff);
        Handover handover = new Handover(outbox, settings, backoff);
        ConsumerAssignment assignment = new ConsumerAssignment();
        ConsumerHeartbeats heartbeats =
                new ConsumerHeartbeats(outbox, settings, seat, backoff, watch, handover, assignment);
        return new ConsumerParts(
                settings,
                backoff,
                topicBackoff,
                outbox,
                seat,
                watch,
                assignment,
                heartbeats,
                handover,
                new Leaving(outbox, settings.times(), backoff, heartbeats));
    }
}
