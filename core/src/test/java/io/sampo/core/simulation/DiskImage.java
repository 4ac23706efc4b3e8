package io.sampo.core.simulation;

import io.sampo.core.partition.ConfigStart;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the written events add up to, in a second and naive way: the judges look at it and not at the core's own
/// state.
final class DiskImage {

    record Marker(int leaderEpoch, long startOffset, VoterSet config) {}

    int promisedEpoch = -1;

    @Nullable
    ReplicaId promisedTo;

    long incarnation;
    long logStartOffset;
    long logEndOffset;
    boolean suspect;

    /// A configuration was forced, and which one holds is not known here.
    boolean isForced;

    @Nullable
    ReplicaId self;

    VoterSet initialConfig = new VoterSet(List.of(), List.of());
    final List<Marker> markers = new ArrayList<>();

    /// The newest life of others.
    final Map<ReplicaId, Long> peers = new HashMap<>();

    VoterSet config() {
        return markers.isEmpty() ? initialConfig : markers.getLast().config();
    }

    /// The configuration that the last marker replaced; the same one when it replaced none.
    VoterSet configBefore() {
        return markers.size() < 2
                ? initialConfig
                : markers.get(markers.size() - 2).config();
    }

    int lastEpoch() {
        return markers.isEmpty() ? -1 : markers.getLast().leaderEpoch();
    }

    @Nullable
    Marker marker(int leaderEpoch) {
        for (Marker marker : markers) {
            if (marker.leaderEpoch() == leaderEpoch) {
                return marker;
            }
        }
        return null;
    }

    void apply(ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.BatchAppended appended ->
                logEndOffset = appended.header().nextOffset();
            case ReplicaEvent.ReplicaCreated created -> {
                self = created.self();
                initialConfig = created.initialConfig();
            }
            case ReplicaEvent.Opened opened -> {
                incarnation = opened.incarnation();
                logEndOffset = Math.max(logEndOffset, logStartOffset);
            }
            case ReplicaEvent.CleanClose _, ReplicaEvent.HighWatermarkHint _, ReplicaEvent.SetBack _ -> {}
            case ReplicaEvent.PeerHeard heard -> peers.put(heard.replica(), heard.life());
            case ReplicaEvent.EpochPromised promised -> {
                promisedEpoch = promised.leaderEpoch();
                promisedTo = promised.candidate();
            }
            case ReplicaEvent.ConfigForced forced -> {
                promisedEpoch = forced.leaderEpoch();
                promisedTo = forced.voter();
                suspect = true;
                isForced = true;
            }
            case ReplicaEvent.EpochStarted started -> {
                markers.add(new Marker(started.leaderEpoch(), started.startOffset(), started.config()));
                if (isForced && started.leader().equals(self)) {
                    suspect = false;
                    isForced = false;
                }
            }
            case ReplicaEvent.TruncateIntent intent -> {
                logEndOffset = Math.min(logEndOffset, intent.toOffset());
                markers.removeIf(marker -> marker.leaderEpoch() > intent.keepMarkersUpToEpoch()
                        || marker.startOffset() > intent.toOffset());
            }
            case ReplicaEvent.Suspected _ -> suspect = true;
            case ReplicaEvent.Recovered _ -> {
                suspect = false;
                isForced = false;
            }
            case ReplicaEvent.LogStartAdvanced advanced ->
                logStartOffset = Math.max(logStartOffset, advanced.logStartOffset());
        }
    }

    void restore(Checkpoint checkpoint) {
        self = checkpoint.self();
        isForced = checkpoint.configLost();
        promisedEpoch = checkpoint.promisedEpoch();
        incarnation = checkpoint.incarnation();
        logStartOffset = checkpoint.logStartOffset();
        logEndOffset = checkpoint.logEndOffset();
        suspect = checkpoint.suspect();
        checkpoint.peers().forEach(heard -> peers.put(heard.replica(), heard.life()));
        initialConfig = checkpoint.configs().getFirst().config();
        for (EpochStart start : checkpoint.epochStarts()) {
            VoterSet config = initialConfig;
            for (ConfigStart change : checkpoint.configs()) {
                if (change.leaderEpoch() <= start.leaderEpoch()) {
                    config = change.config();
                }
            }
            markers.add(new Marker(start.leaderEpoch(), start.startOffset(), config));
        }
    }

    /// Whether a life of the replica is known that comes after its life `of`: the number stands above 20 bits of
    /// time.
    boolean knowsLifeAfter(long of, ReplicaId replica) {
        Long life = peers.get(replica);
        return life != null && (life & ~(1L << 62)) >> 20 > of;
    }

    void finish(long endOffset) {
        logEndOffset = endOffset;
        markers.removeIf(marker -> marker.startOffset() > Math.max(endOffset, logStartOffset));
    }
}
