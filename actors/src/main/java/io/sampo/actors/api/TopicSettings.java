package io.sampo.actors.api;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.produce.ProduceSettings;

/// The settings of a topic that API handlers ask for with every request.
///
/// @param produce what its producers meet
/// @param deletesRecords `cleanup.policy` contains `delete`, so that DeleteRecords is allowed
public record TopicSettings(ProduceSettings produce, boolean deletesRecords) {

    public static final TopicSettings DEFAULTS = new TopicSettings(ProduceSettings.DEFAULTS, true);

    /// Where handlers get them from. Called on the hot path by any thread: cheap, see [TopicSettingsCache].
    @FunctionalInterface
    public interface Source {
        TopicSettings of(MetadataImage image, TopicImage topic);
    }
}
