package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.produce.ProduceSettings;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicSettingsSourceTest {
    private final TopicImage topic =
            new TopicImage("orders", Uuid.ONE_UUID, List.of(new PartitionAssignment(List.of(1))), new TreeMap<>());

    @ParameterizedTest
    @CsvSource({"sampo.check.every.record, true, true", "sampo.check.every.record, false, false", "node.id, 1, false"})
    void everyRecordIsCheckedOnlyWhenTheOperatorSaysSo(String key, String value, boolean expected) {
        ProduceSettings settings = settings(Map.of(key, value));

        assertEquals(expected, settings.checkEveryRecord());
    }

    private ProduceSettings settings(Map<String, String> configs) {
        return new TopicSettingsSource(new RunningConfig(BrokerConfig.parse(configs)))
                .forHandlers()
                .of(MetadataImage.EMPTY, topic)
                .produce();
    }
}
