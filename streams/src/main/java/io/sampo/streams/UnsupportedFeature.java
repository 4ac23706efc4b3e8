package io.sampo.streams;

/// The broker lacks what was asked for. Nothing was done.
///
/// {@snippet file="ConsumingGuideTest.java" region="unsupported"}
public final class UnsupportedFeature extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param feature in words that its user knows
    /// @param why what the broker would have to offer
    public UnsupportedFeature(String feature, String why) {
        super(feature + " is not supported by this broker: " + why);
    }
}
