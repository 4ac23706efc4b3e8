package io.sampo.streams;

import io.sampo.streams.produce.ProducerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

/// What is said of settings that are allowed and may not do what their author hopes: nobody knows them, they are said
/// elsewhere, or they give up something that the defaults promise.
final class ConfigWarnings {
    /// Settings of Kafka's clients that have no meaning here, and what takes their place.
    static final Map<String, String> ELSEWHERE = Map.of(
            "key.serializer", "the topic's codecs say how keys and values become bytes",
            "value.serializer", "the topic's codecs say how keys and values become bytes",
            "key.deserializer", "the topic's codecs say what bytes mean",
            "value.deserializer", "the topic's codecs say what bytes mean",
            "group.id", "Group.named says it, one client may be in many groups",
            "auto.offset.reset", "Group.whenNew says it; its default is earliest here",
            "enable.auto.commit", "offsets follow the acknowledgements, always",
            "max.poll.records", "records are handed out as they are asked for");

    private static final Set<String> KAFKAS_SECURITY =
            new ConfigDef().withClientSslSupport().withClientSaslSupport().names();

    private ConfigWarnings() {}

    /// @param given by Kafka's names
    /// @param names all that mean something, but for those of TLS and SASL
    /// @param producer what is made of the given ones
    /// @return one sentence each; of names first, in the order of the alphabet
    static List<String> of(Map<String, ?> given, Set<String> names, ProducerSettings producer) {
        List<String> warnings = new ArrayList<>();
        new TreeMap<>(given).keySet().forEach(name -> ofName(name, names, warnings));
        ofProducer(given, producer, warnings);
        ofSecurity(given, warnings);
        if (is(given, "check.crcs", "false")) {
            warnings.add("check.crcs=false: records that were damaged on a disk or on their way are handed out as if"
                    + " they were whole");
        }
        return warnings;
    }

    private static void ofName(String name, Set<String> names, List<String> warnings) {
        String instead = ELSEWHERE.get(name);
        if (instead != null) {
            warnings.add(name + " is ignored: " + instead);
        } else if (names.contains(name) || KAFKAS_SECURITY.contains(name)) {
            return;
        } else if (name.startsWith("ssl.") || name.startsWith("sasl.")) {
            warnings.add(name + " is not a setting of Kafka's clients: only a class of yours can heed it");
        } else {
            warnings.add(name + " is not a setting of this client, and is ignored");
        }
    }

    private static void ofProducer(Map<String, ?> given, ProducerSettings producer, List<String> warnings) {
        if (producer.acks() == 1) {
            warnings.add(
                    "acks=1: a record that is acknowledged is lost when its leader fails before a follower has it");
        }
        if (!producer.idempotence()) {
            String why = is(given, "enable.idempotence", "false")
                    ? ""
                    : " (by acks, retries or max.in.flight.requests.per.connection)";
            String order = producer.maxInFlight() > 1 ? ", and records of a partition may change their order" : "";
            warnings.add("without idempotence" + why + " a record that is sent again after an answer was lost may be"
                    + " written twice" + order);
        }
    }

    private static void ofSecurity(Map<String, ?> given, List<String> warnings) {
        if (is(given, "security.protocol", "sasl_plaintext")) {
            warnings.add("security.protocol=SASL_PLAINTEXT: whoever sees the network can read all records, and with"
                    + " sasl.mechanism=PLAIN the password");
        }
        if (is(given, "ssl.endpoint.identification.algorithm", "")) {
            warnings.add("ssl.endpoint.identification.algorithm is empty: whoever has any certificate of an authority"
                    + " that is trusted can pose as the broker");
        }
    }

    private static boolean is(Map<String, ?> given, String name, String value) {
        return given.containsKey(name)
                && Objects.toString(given.get(name), "")
                        .strip()
                        .toLowerCase(Locale.ROOT)
                        .equals(value);
    }
}
