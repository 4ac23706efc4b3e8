package io.sampo.compatibility.broker;

import java.lang.reflect.InvocationTargetException;

/// Apache Kafka 2.8 and the ZooKeeper that it needs, in one process: its KRaft mode could not number idempotent
/// producers
/// yet. Runs on the old server's class path, which no test has, so that both are called by their names.
final class OldKafka {
    private OldKafka() {}

    /// @param args the files with the settings of ZooKeeper and of the broker
    public static void main(String[] args) throws ReflectiveOperationException {
        // Its web page would listen on port 8080.
        System.setProperty("zookeeper.admin.enableServer", "false");
        Thread.ofPlatform().daemon().name("zookeeper").start(() -> {
            try {
                call("org.apache.zookeeper.server.ZooKeeperServerMain", args[0]);
            } catch (ReflectiveOperationException failed) {
                throw new IllegalStateException("ZooKeeper does not start", failed);
            }
        });
        call("kafka.Kafka", args[1]);
    }

    private static void call(String main, String... args) throws ReflectiveOperationException {
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException failed) {
            throw new IllegalStateException(main + " failed", failed.getCause());
        }
    }
}
