package io.sampo.actors.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class TopicSettingsCacheTest {
    private final Uuid topicId = Uuid.randomUuid();
    private int computed;
    private final TopicSettingsCache cache = new TopicSettingsCache((image, topic) -> {
        computed++;
        return new TopicSettings(
                TopicSettings.DEFAULTS.produce(), !topic.configs().containsKey("compact"));
    });

    @Test
    void settingsAreComputedOnceForATopic() {
        MetadataImage image = image(1, Map.of(), Map.of());

        settings(image);
        settings(image);

        assertEquals(1, computed);
    }

    @Test
    void newImageWithoutAChangeComputesNothing() {
        MetadataImage one = image(1, Map.of(), Map.of());
        MetadataImage other = image(2, Map.of(), Map.of());

        settings(one);
        settings(other);

        assertEquals(1, computed);
    }

    @Test
    void changedTopicConfigIsSeen() {
        MetadataImage one = image(1, Map.of(), Map.of());
        MetadataImage other = image(2, Map.of("compact", "yes"), Map.of());

        assertEquals(true, settings(one).deletesRecords());
        assertEquals(false, settings(other).deletesRecords());
    }

    @Test
    void changedBrokerConfigIsSeen() {
        MetadataImage one = image(1, Map.of(), Map.of());
        MetadataImage other = image(2, Map.of(), Map.of("message.max.bytes", "5"));

        settings(one);
        settings(other);

        assertEquals(2, computed);
    }

    private TopicSettings settings(MetadataImage image) {
        return cache.of(image, Objects.requireNonNull(image.topic(topicId)));
    }

    private MetadataImage image(long offset, Map<String, String> topicConfigs, Map<String, String> brokerConfigs) {
        TopicImage topic = new TopicImage("t", topicId, List.of(), new TreeMap<>(topicConfigs));
        TreeMap<String, TopicImage> topics = new TreeMap<>(Map.of("t", topic));
        SortedMap<Integer, SortedMap<String, String>> brokers = new TreeMap<>();
        if (!brokerConfigs.isEmpty()) {
            brokers.put(-1, new TreeMap<>(brokerConfigs));
        }
        return new MetadataImage(
                offset,
                "c",
                topics,
                new HashMap<>(Map.of(topicId, topic)),
                new TreeMap<>(),
                brokers,
                0,
                new TreeMap<>());
    }
}
