package io.sampo.streams.group;

import io.sampo.streams.connection.Cluster;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/// One member of a consumer group. Its heartbeats come from an actor of its own: however long an application works
/// on a record, the membership stays.
///
/// What is guaranteed, with `S` = `session.timeout.ms`; with `group.protocol=consumer` 45 s, as the broker
/// does not tell its own (45 s is its default, and the least that it allows unless its administrator lowers
/// that too):
/// - A partition is given to the listener only after its former owner gave it up, or is out of the group. A member
///   that cannot reach its coordinator gives everything up as lost after `S`, by its own clock.
/// - With `group.protocol=consumer` a broker that does not offer it ends the membership with
///   [io.sampo.streams.UnsupportedFeature].
/// - An offset is committed only while the group knows this member as one of its generation, and the member owns the
///   partition. Of one partition, commits reach the coordinator in order, and never go back.
///
/// Thread rule: any thread.
public final class GroupMember {
    private static final AtomicLong COUNT = new AtomicLong();

    private final MemberMailbox mailbox;
    private final ActorRef<MemberActor.Command> actor;

    private GroupMember(MemberMailbox mailbox, ActorRef<MemberActor.Command> actor) {
        this.mailbox = mailbox;
        this.actor = actor;
    }

    /// Makes a member that has not joined.
    ///
    /// @param system whose end ends the member, without leaving the group
    /// @throws org.apache.kafka.common.KafkaException when `partition.assignment.strategy` cannot be used
    public static GroupMember create(
            ActorSystem<?> system,
            Cluster cluster,
            GroupCoordinators coordinators,
            GroupSettings settings,
            Subscription subscription,
            GroupListener listener) {
        MemberMailbox mailbox = new MemberMailbox(settings);
        MemberActor.Wiring wiring =
                new MemberActor.Wiring(cluster, coordinators, settings, subscription, listener, mailbox);
        // Fails here rather than within the actor.
        MemberRules rules = MemberActor.rules(settings);
        return new GroupMember(
                mailbox,
                system.systemActorOf(
                        MemberActor.create(wiring, rules),
                        "sampo-group-member-" + COUNT.incrementAndGet(),
                        Props.empty()));
    }

    /// Joins the group. The listener hears how that goes. Once; further calls do nothing.
    public void start() {
        actor.tell(new MemberActor.Start());
    }

    /// Reads other topics from now on. Partitions of topics that are left are revoked first.
    public void subscribe(Subscription subscription) {
        actor.tell(new MemberActor.Subscribe(subscription));
    }

    /// Commits offsets of partitions that this member owns.
    ///
    /// An offset that is not beyond the last one committed of its partition is a success without a request (see
    /// [#rewound]). Calls are gathered while a request is under way, or a rebalance is.
    ///
    /// @param offsets of the next record to read, by partition
    /// @return completes when the coordinator has them, on a thread that may be held up for a moment; fails with
    ///     [CommitFailed], after `default.api.timeout.ms` at the latest
    public CompletionStage<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        long commitId = mailbox.register(done);
        actor.tell(new MemberActor.Submit(commitId, Map.copyOf(offsets)));
        mailbox.checkOpen();
        return done.minimalCompletionStage();
    }

    /// The application reads these again from an earlier offset, on purpose: their next commit may go back.
    public void rewound(Set<TopicPartition> partitions) {
        actor.tell(new MemberActor.Rewind(Set.copyOf(partitions)));
    }

    /// Who this is in the group now.
    public GroupIdentity identity() {
        return mailbox.identity();
    }

    /// Why the membership failed; empty while it has not.
    public Optional<Throwable> failure() {
        return mailbox.failure();
    }

    /// Revokes everything, and leaves the group, so that others need not wait for the session's end; a static member
    /// does not leave. Takes `sampo.drain.timeout.ms` and `request.timeout.ms` at most.
    ///
    /// @return completes, never fails; the same for each call
    public CompletionStage<Void> close() {
        actor.tell(new MemberActor.CloseMember());
        return mailbox.closed();
    }
}
