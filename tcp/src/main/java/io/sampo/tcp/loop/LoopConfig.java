package io.sampo.tcp.loop;

/// Pekko's dispatcher ids are static configuration, the number of event loops is not: this renders one dispatcher
/// per loop.
public final class LoopConfig {

    /// Number of event loops.
    public static final String LOOPS = "sampo.tcp.loops";

    private LoopConfig() {}

    /// HOCON for `loops` event loops, to be put over the module's reference.conf.
    ///
    /// @param loops at least 1; the number of cores is a good value
    public static String render(int loops) {
        if (loops < 1) {
            throw new IllegalArgumentException("loops must be at least 1: " + loops);
        }
        StringBuilder hocon =
                new StringBuilder(LOOPS).append(" = ").append(loops).append('\n');
        for (int index = 0; index < loops; index++) {
            hocon.append("""
                    %s {
                      type = Dispatcher
                      executor = "%s"
                      throughput = 64
                      loop-index = %d
                    }
                    """.formatted(dispatcherId(index), EventLoopExecutorConfigurator.class.getName(), index));
        }
        return hocon.toString();
    }

    /// Dispatcher id of a loop.
    public static String dispatcherId(int index) {
        return "sampo.tcp.loop-" + index;
    }
}
