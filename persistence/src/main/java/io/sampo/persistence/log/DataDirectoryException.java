package io.sampo.persistence.log;

/// A data directory cannot be used; the node does not start. The message is for the operator and stands alone.
public final class DataDirectoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataDirectoryException(String message) {
        super(message);
    }

    public DataDirectoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
