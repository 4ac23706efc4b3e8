package io.sampo.config;

/// A node cannot start for a reason that its user can mend; the message says what and how.
public class NodeStartException extends Exception {
    private static final long serialVersionUID = 1L;

    public NodeStartException(String message) {
        super(message);
    }

    public NodeStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
