package io.sampo.config;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node as the process it runs in: the ready line, the process id file, the end by signal, the exit code, and a
/// new start when the other nodes went on without this one.
final class NodeProcess {
    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

    /// Between the end of a node that lost its cluster and its next start.
    private static final long RESTART_PAUSE_SECONDS = 1;

    private final NodeOptions options;
    private final NodeEnvironment environment;
    private final PrintWriter out;
    private final PrintWriter err;
    private final ProcessIdFile idFile;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<@Nullable SampoNode> running = new AtomicReference<>();

    private NodeProcess(NodeOptions options, NodeEnvironment environment, PrintWriter out, PrintWriter err) {
        this.options = options;
        this.environment = environment;
        this.out = out;
        this.err = err;
        this.idFile = new ProcessIdFile(options.dataDirectory());
    }

    /// Runs until the process is told to end. A signal ends it from inside a shutdown hook, with exit code 0 and
    /// without a word; beside that this method returns when the node could not start (1) or stopped by itself (1).
    static int run(NodeOptions options, PrintWriter out, PrintWriter err) {
        return run(options, NodeEnvironment.ofThisMachine(), out, err);
    }

    static int run(NodeOptions options, NodeEnvironment environment, PrintWriter out, PrintWriter err) {
        NodeProcess process = new NodeProcess(options, environment, out, err);
        Runtime.getRuntime().addShutdownHook(new Thread(process::end, "sampo-shutdown"));
        try {
            return process.run();
        } finally {
            process.over.set(true);
        }
    }

    private int run() {
        Optional<String> startAgain;
        do {
            long startedMs = System.currentTimeMillis();
            SampoNode node;
            try {
                node = SampoNode.start(options, environment);
            } catch (NodeStartException failure) {
                LOG.error("The node could not start", failure);
                err.println("sampo: " + failure.getMessage());
                err.flush();
                return 1;
            } catch (RuntimeException bug) {
                LOG.error("The node could not start", bug);
                throw bug;
            }
            startAgain = serve(node, startedMs);
        } while (startAgain.isPresent());
        return asked.get() ? 0 : 1;
    }

    /// @return why the node is to be started again; empty at the end
    private Optional<String> serve(SampoNode node, long startedMs) {
        running.set(node);
        idFile.write();
        CountDownLatch stopped = new CountDownLatch(1);
        node.onTermination(stopped::countDown);
        out.println(readyLine(node, options));
        out.flush();
        LOG.info("Ready after {} ms", System.currentTimeMillis() - startedMs);
        try {
            stopped.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (asked.get()) {
            return Optional.empty();
        }
        Optional<String> givenUp = node.givenUp();
        if (givenUp.isPresent()) {
            err.println("sampo: " + givenUp.get());
            err.flush();
            return Optional.empty();
        }
        Optional<String> left = node.leftCluster();
        if (left.isEmpty() || !running.compareAndSet(node, null)) {
            err.println("sampo: the node stopped by itself; see "
                    + options.dataDirectory().resolve("logs"));
            err.flush();
            return Optional.empty();
        }
        LOG.warn("Starting again: {}", left.get());
        node.stop();
        pause();
        return left;
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(RESTART_PAUSE_SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    static String readyLine(SampoNode node, NodeOptions options) {
        return "Sampo is ready on " + node.address() + " (node " + node.nodeId() + ", data " + options.dataDirectory()
                + ")";
    }

    /// A node that is not ready yet is ended as by `kill -9`, which loses nothing either.
    private void end() {
        if (over.get()) {
            // The process ends by itself, with its own exit code.
            return;
        }
        asked.set(true);
        SampoNode node = running.get();
        boolean clean = node == null || node.stop();
        idFile.remove();
        // Ended as asked is exit code 0, which a JVM that ends by a signal would not give.
        Runtime.getRuntime().halt(clean ? 0 : 1);
    }
}
