package io.sampo.core.metadata;

import io.sampo.core.metadata.ControllerCommand.ForceConfig;
import io.sampo.core.metadata.ControllerCommand.Forced;
import io.sampo.core.partition.ForcedConfig;
import java.util.List;
import java.util.SortedSet;
import org.apache.kafka.common.protocol.Errors;

/// Decides on giving the voters of a partition up. Whether the partition has a leader is for whoever asks to
/// find out: metadata do not know it.
final class ForceRules {
    private ForceRules() {}

    /// One record; none when the same is on its way already: whoever was told to lead may have acknowledged
    /// records by now, which another one would not have.
    static Decision<Forced> force(MetadataImage image, ForceConfig command, SortedSet<Integer> liveNodes) {
        if (image.assignment(command.id()) == null) {
            return refuse(Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no such partition.");
        }
        if (!image.replicas(command.id()).contains(command.voter())) {
            return refuse(
                    Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE,
                    "Node " + command.voter().nodeId() + " has no replica of the partition in its present directory.");
        }
        ForcedConfig before = image.forcedConfig(command.id());
        if (before != null && before.leaderEpoch() > command.knownEpoch()) {
            boolean isOnItsWay = image.replicas(command.id()).contains(before.voter())
                    && liveNodes.contains(before.voter().nodeId());
            if (isOnItsWay) {
                return new Decision<>(List.of(), new Forced(Errors.NONE, null, before.leaderEpoch()));
            }
        }
        int known = before == null ? command.knownEpoch() : Math.max(command.knownEpoch(), before.leaderEpoch());
        if (known >= ForcedConfig.LAST_ERA) {
            return refuse(Errors.INVALID_REQUEST, "The partition has been forced as often as can be.");
        }
        ForcedConfig forced = new ForcedConfig(ForcedConfig.nextEpoch(known), command.voter());
        return new Decision<>(
                List.of(new MetadataRecord.ConfigForced(
                        command.id().topicId(), command.id().partition(), forced)),
                new Forced(Errors.NONE, null, forced.leaderEpoch()));
    }

    private static Decision<Forced> refuse(Errors error, String message) {
        return new Decision<>(List.of(), new Forced(error, message, -1));
    }
}
