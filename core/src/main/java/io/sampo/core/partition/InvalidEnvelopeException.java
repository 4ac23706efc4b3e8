package io.sampo.core.partition;

/// Bytes that are no [ReplicaEnvelope] of a version that this node knows.
public class InvalidEnvelopeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidEnvelopeException(String message) {
        super(message);
    }

    InvalidEnvelopeException(String message, Throwable cause) {
        super(message, cause);
    }

    /// The envelope itself is whole, but one of its record batches is not what its checksum was made of: it must
    /// not be written. What comes after the envelope can be read all the same.
    public static final class CorruptBatch extends InvalidEnvelopeException {
        private static final long serialVersionUID = 1L;

        CorruptBatch(String message) {
            super(message);
        }
    }
}
