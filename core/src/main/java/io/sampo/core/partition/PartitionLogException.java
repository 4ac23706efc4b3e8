package io.sampo.core.partition;

/// The log of one partition cannot be used: an I/O error or damage was found. The partition goes offline, the node
/// lives; clients get KAFKA_STORAGE_ERROR.
public final class PartitionLogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PartitionLogException(String message) {
        super(message);
    }

    public PartitionLogException(String message, Throwable cause) {
        super(message, cause);
    }
}
