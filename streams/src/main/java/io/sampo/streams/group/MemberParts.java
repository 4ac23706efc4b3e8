package io.sampo.streams.group;

import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// What a member of the classic protocol is made of. All parts write to one outbox, and wait by one backoff.
record MemberParts(
        GroupSettings settings,
        Assignors assignors,
        Backoff backoff,
        Outbox outbox,
        Seat seat,
        TopicWatch watch,
        Joining joining,
        Heartbeats heartbeats,
        Handover handover,
        Leaving leaving) {

    static MemberParts create(GroupSettings settings, LongSupplier requestIds, RandomGenerator random) {
        Assignors assignors = new Assignors(settings.assignors());
        Backoff backoff = new Backoff(settings.times(), random);
        Outbox outbox = new Outbox(requestIds);
        Seat seat = new Seat();
        return new MemberParts(
                settings,
                assignors,
                backoff,
                outbox,
                seat,
                new TopicWatch(outbox, settings.times(), backoff),
                new Joining(outbox, settings, assignors, seat, backoff),
                new Heartbeats(outbox, settings, seat),
                new Handover(outbox, settings, backoff),
                new Leaving(outbox, settings.times(), backoff, Leaving.classic(settings, seat)));
    }
}
