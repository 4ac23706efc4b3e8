package io.sampo.compatibility.scenario;

/// One thing that a client must be able to do; its name is the sentence that is true when it passes.
public record Step(String name, Body body) {
    /// Fails by throwing.
    @FunctionalInterface
    public interface Body {
        void run() throws Exception;
    }
}
