package io.sampo.bench;

import java.util.List;

/// One kind of work, done in the same way on each variant.
interface Scenario {

    /// As `--scenario` and tables name it.
    String name();

    /// What is compared; the last one is the yardstick.
    List<Variant> variants();

    /// Creates topics and fills them; not measured.
    void prepare(Broker broker, Variant variant) throws Exception;

    /// Works for about `seconds` and measures. Called several times.
    Measurement run(Broker broker, Variant variant, int seconds) throws Exception;

    /// Frees the disk.
    void cleanUp(Broker broker, Variant variant) throws Exception;

    /// Scenarios that kill, restart or idle their broker get fresh processes of their own, one at a time.
    default boolean needsOwnBroker() {
        return false;
    }
}
