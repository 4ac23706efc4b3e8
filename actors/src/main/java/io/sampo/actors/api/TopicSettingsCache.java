package io.sampo.actors.api;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Keeps what [TopicSettings.Source] found out until the topic's configs or the dynamic broker configs change,
/// because to parse configs costs more than to append a batch.
///
/// Thread rule: any thread. Threads that still hold an older image may compute a value twice, never get a wrong
/// one.
public final class TopicSettingsCache implements TopicSettings.Source {
    private final TopicSettings.Source source;
    private final ConcurrentHashMap<Uuid, Entry> entries = new ConcurrentHashMap<>();
    private volatile MetadataImage newest = MetadataImage.EMPTY;

    private record Entry(TopicImage topic, TopicSettings settings) {}

    public TopicSettingsCache(TopicSettings.Source source) {
        this.source = source;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // images are immutable: the same object is the cheap way to see no change
    public TopicSettings of(MetadataImage image, TopicImage topic) {
        if (image != newest) {
            takeOver(image);
        }
        Entry entry = entries.get(topic.id());
        if (entry != null && entry.topic == topic) {
            return entry.settings;
        }
        return refresh(image, topic, entry);
    }

    private TopicSettings refresh(MetadataImage image, TopicImage topic, @Nullable Entry outdated) {
        TopicSettings settings = outdated != null && outdated.topic.configs().equals(topic.configs())
                ? outdated.settings
                : source.of(image, topic);
        entries.put(topic.id(), new Entry(topic, settings));
        return settings;
    }

    private synchronized void takeOver(MetadataImage image) {
        if (image.offset() < newest.offset()) {
            return;
        }
        if (!image.brokerConfigs().equals(newest.brokerConfigs())) {
            entries.clear();
        }
        entries.keySet().removeIf(topicId -> image.topic(topicId) == null);
        newest = image;
    }
}
