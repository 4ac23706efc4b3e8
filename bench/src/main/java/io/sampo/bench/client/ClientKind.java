package io.sampo.bench.client;

/// The clients that are compared.
public enum ClientKind {
    SAMPO_STREAMS("Sampo streams"),
    CONNECTORS("Pekko Connectors Kafka"),
    /// The yardstick.
    KAFKA_CLIENTS("kafka-clients");

    private final String label;

    ClientKind(String label) {
        this.label = label;
    }

    /// As tables show it.
    public String label() {
        return label;
    }

    ClientUnderTest open(String bootstrap) {
        return switch (this) {
            case SAMPO_STREAMS -> new SampoStreams(bootstrap);
            case CONNECTORS -> new Connectors(bootstrap);
            case KAFKA_CLIENTS -> new KafkaClients(bootstrap);
        };
    }
}
