package io.sampo.bench;

import java.util.List;
import java.util.Locale;

/// A broker with a meaning of "acknowledged".
record Variant(String broker, Durability durability, String label) {
    static final Variant SAMPO = new Variant("sampo", Durability.DEFAULT, "Sampo (fsync before ack)");
    static final Variant SAMPO_PAGE_CACHE = new Variant("sampo", Durability.PAGE_CACHE, "Sampo (page cache)");
    static final Variant KAFKA = new Variant("kafka", Durability.DEFAULT, "Kafka (page cache)");
    static final Variant KAFKA_SYNCED = new Variant("kafka", Durability.SYNCED, "Kafka (flush.messages=1)");

    /// Like against like.
    static final List<Variant> PAGE_CACHE_PAIR = List.of(SAMPO_PAGE_CACHE, KAFKA);

    static final List<Variant> DEFAULT_PAIR = List.of(SAMPO, KAFKA);
    static final List<Variant> ALL_DURABILITIES = List.of(SAMPO, SAMPO_PAGE_CACHE, KAFKA_SYNCED, KAFKA);

    String topicSuffix() {
        return durability.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
