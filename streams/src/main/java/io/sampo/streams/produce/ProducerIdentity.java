package io.sampo.streams.produce;

/// By what a partition recognises batches that were sent before (KIP-98).
record ProducerIdentity(long producerId, short producerEpoch) {

    /// Whether no further epoch follows.
    boolean isSpent() {
        return producerEpoch == Short.MAX_VALUE;
    }

    /// Under which sequences begin with 0 again. A producer without transactions counts its epochs by itself,
    /// and in each partition for itself: a partition's leader knows no others (KIP-360).
    ProducerIdentity nextEpoch() {
        return new ProducerIdentity(producerId, (short) (producerEpoch + 1));
    }
}
