package io.sampo.config;

/// A start that came to nothing because the cluster changed meanwhile: the next one finds it as it is then.
final class StartAgainException extends NodeStartException {
    private static final long serialVersionUID = 1L;

    StartAgainException(String message) {
        super(message);
    }
}
