package io.sampo.config;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node as the process it runs in: the ready line, the process id file, the end by signal, the exit code.
final class NodeProcess {
    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

    private NodeProcess() {}

    /// Runs until the process is told to end. A signal ends it from inside a shutdown hook, with exit code 0 and
    /// without a word; beside that this method returns when the node could not start (1) or stopped by itself (1).
    static int run(NodeOptions options, PrintWriter out, PrintWriter err) throws IOException {
        return run(options, NodeEnvironment.ofThisMachine(), out, err);
    }

    static int run(NodeOptions options, NodeEnvironment environment, PrintWriter out, PrintWriter err)
            throws IOException {
        long startedMs = System.currentTimeMillis();
        SampoNode node;
        try {
            node = SampoNode.start(options, environment);
        } catch (NodeStartException failure) {
            LOG.error("The node could not start", failure);
            err.println("sampo: " + failure.getMessage());
            err.flush();
            return 1;
        }
        Path pidFile = options.dataDirectory().resolve("sampo.pid");
        Files.writeString(pidFile, ProcessHandle.current().pid() + "\n");
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicBoolean asked = new AtomicBoolean();
        node.onTermination(stopped::countDown);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            asked.set(true);
                            end(node, pidFile);
                        },
                        "sampo-shutdown"));
        out.println(readyLine(node, options));
        out.flush();
        LOG.info("Ready after {} ms", System.currentTimeMillis() - startedMs);
        try {
            stopped.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (asked.get()) {
            return 0;
        }
        err.println("sampo: the node stopped by itself; see "
                + options.dataDirectory().resolve("logs"));
        err.flush();
        return 1;
    }

    static String readyLine(SampoNode node, NodeOptions options) {
        return "Sampo is ready on " + node.address() + " (node " + node.nodeId() + ", data " + options.dataDirectory()
                + ")";
    }

    private static void end(SampoNode node, Path pidFile) {
        boolean clean = node.stop();
        try {
            Files.deleteIfExists(pidFile);
        } catch (IOException failure) {
            LOG.warn("Could not remove {}", pidFile, failure);
        }
        // Ended as asked is exit code 0, which a JVM that ends by a signal would not give.
        Runtime.getRuntime().halt(clean ? 0 : 1);
    }
}
