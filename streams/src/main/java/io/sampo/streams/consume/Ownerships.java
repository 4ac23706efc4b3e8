package io.sampo.streams.consume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// The partitions that a member owns, those that it is about to give up included, and what may be committed of them.
///
/// Thread rule: the reading's stage; [#partitions] and [#all] from any thread.
final class Ownerships {
    private final ConcurrentHashMap<TopicPartition, Owned> owned = new ConcurrentHashMap<>();
    private final List<Revocation> revocations = new ArrayList<>();

    void add(Owned one) {
        owned.put(one.partition(), one);
    }

    /// The owner of what is fetched of a partition; null when it is, or is to be, given up.
    @Nullable
    Owned reading(TopicPartition partition) {
        Owned one = owned.get(partition);
        return one == null || one.isOver() ? null : one;
    }

    /// Those of the partitions that are owned.
    List<Owned> of(Set<TopicPartition> partitions) {
        List<Owned> some = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Owned one = owned.get(partition);
            if (one != null) {
                some.add(one);
            }
        }
        return some;
    }

    Map<TopicPartition, Owned> all() {
        return Map.copyOf(owned);
    }

    /// Those that are read.
    Set<TopicPartition> partitions() {
        Set<TopicPartition> partitions = new HashSet<>();
        owned.forEach((partition, one) -> {
            if (!one.isOver()) {
                partitions.add(partition);
            }
        });
        return partitions;
    }

    boolean nothingIsOut() {
        return owned.values().stream().allMatch(one -> one.outstanding() == 0);
    }

    // ---- going away ------------------------------------------------------------------------------------------

    void revoke(Set<TopicPartition> partitions, Runnable done) {
        List<Owned> going = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Owned one = owned.get(partition);
            if (one != null) {
                one.end();
                going.add(one);
            }
        }
        revocations.add(new Revocation(going, done));
    }

    /// Whether it is owned, and not about to be given up.
    @SuppressWarnings("ReferenceEquality") // another ownership of the same partition is another one
    boolean stays(Owned one) {
        return owned.get(one.partition()) == one
                && revocations.stream()
                        .noneMatch(revocation -> revocation.partitions().contains(one));
    }

    boolean hasRevocations() {
        return !revocations.isEmpty();
    }

    /// Takes the revocations out of which nothing is out any more.
    ///
    /// @param all those of which something is out, too: nobody waits for it
    List<Revocation> takeDrained(boolean all) {
        List<Revocation> drained = new ArrayList<>();
        for (Iterator<Revocation> each = revocations.iterator(); each.hasNext(); ) {
            Revocation revocation = each.next();
            if (all || revocation.isDrained()) {
                each.remove();
                drained.add(revocation);
            }
        }
        return drained;
    }

    /// They have been given up. Any thread.
    void gone(Revocation revocation) {
        revocation.partitions().forEach(one -> owned.remove(one.partition(), one));
    }

    /// They belong to somebody else already.
    ///
    /// @return deliveries of them that were out
    int lost(Set<TopicPartition> partitions) {
        int out = 0;
        for (TopicPartition partition : partitions) {
            Owned one = owned.remove(partition);
            if (one != null) {
                out += one.abandon();
            }
        }
        revocations.removeIf(
                revocation -> revocation.partitions().stream().noneMatch(one -> owned.get(one.partition()) == one));
        return out;
    }

    // ---- commits ---------------------------------------------------------------------------------------------

    /// What may be committed and is not yet, of all.
    Map<TopicPartition, OffsetAndMetadata> due() {
        return due(owned.values());
    }

    static Map<TopicPartition, OffsetAndMetadata> due(Iterable<Owned> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (Owned one : partitions) {
            OffsetAndMetadata due = one.due();
            if (due != null) {
                offsets.put(one.partition(), due);
            }
        }
        return offsets;
    }

    void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach((partition, offset) -> {
            Owned one = owned.get(partition);
            if (one != null) {
                one.committed(offset.offset());
            }
        });
    }
}
