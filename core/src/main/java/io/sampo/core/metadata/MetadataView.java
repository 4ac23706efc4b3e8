package io.sampo.core.metadata;

/// The newest image that this node knows. Any thread; a plain volatile read.
@FunctionalInterface
public interface MetadataView {
    MetadataImage image();
}
