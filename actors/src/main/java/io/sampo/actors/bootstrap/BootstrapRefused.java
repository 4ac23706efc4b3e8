package io.sampo.actors.bootstrap;

/// The node cannot be part of the cluster that it was configured for; the message is for its operator.
public final class BootstrapRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BootstrapRefused(String message) {
        super(message);
    }
}
