package io.sampo.tcp.replication;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaTransport.Receiver;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Measures, by hand: a follower's Fetch and the leader's answer with a batch, over loopback, both nodes in this
/// process. The next Fetch leaves when the answer is there, on the same thread, as a replica does it.
///
/// Arguments: batch bytes, partitions with one fetch under way each, seconds.
final class RoundTripMain {
    private static final int MAX_SAMPLES = 5_000_000;

    private final TestNode leader = new TestNode(1);
    private final TestNode follower = new TestNode(2);
    private final long[] sentNs;
    private final long[] samplesNs = new long[MAX_SAMPLES];
    private final CountDownLatch done = new CountDownLatch(1);
    private int samples;
    private long endNs;

    private RoundTripMain(int partitions) throws IOException {
        sentNs = new long[partitions];
    }

    public static void main(String[] arguments) throws Exception {
        int batchBytes = Integer.parseInt(arguments[0]);
        int partitions = Integer.parseInt(arguments[1]);
        int seconds = Integer.parseInt(arguments[2]);
        RoundTripMain main = new RoundTripMain(partitions);
        main.run(batchBytes, 2, true);
        main.run(batchBytes, seconds, false);
        main.follower.close();
        main.leader.close();
    }

    private void run(int batchBytes, int seconds, boolean warmUp) throws InterruptedException {
        BatchAppended batch = TestNode.batch(1, batchBytes);
        samples = 0;
        CountDownLatch finished = warmUp ? new CountDownLatch(1) : done;
        endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        leader.handle((Receiver)
                envelope -> leader.connections.send(leader.to(2, TestNode.reply(TestNode.numberOf(envelope), batch))));
        follower.handle((Receiver) envelope -> answered(envelope, finished));
        follower.knows(leader);
        long startNs = System.nanoTime();
        for (int partition = 0; partition < sentNs.length; partition++) {
            ask(partition);
        }
        finished.await();
        if (!warmUp) {
            report(batchBytes, (System.nanoTime() - startNs) / 1e9);
        }
    }

    private void ask(int partition) {
        sentNs[partition] = System.nanoTime();
        follower.connections.send(follower.to(1, TestNode.fetch(partition)));
    }

    private void answered(ReplicaEnvelope envelope, CountDownLatch finished) {
        int partition = (int) TestNode.numberOf(envelope);
        long now = System.nanoTime();
        if (samples < MAX_SAMPLES) {
            samplesNs[samples++] = now - sentNs[partition];
        }
        if (now < endNs) {
            ask(partition);
        } else {
            finished.countDown();
        }
    }

    private void report(int batchBytes, double seconds) {
        long[] sorted = Arrays.copyOf(samplesNs, samples);
        Arrays.sort(sorted);
        System.out.printf(
                "%d partitions, %d B: %.0f round trips/s, %.1f MiB/s, p50 %.0f us, p99 %.0f us, p99.9 %.0f us, writes %d%n",
                sentNs.length,
                batchBytes,
                samples / seconds,
                (double) samples * batchBytes / seconds / 1024 / 1024,
                sorted[samples / 2] / 1e3,
                sorted[(int) (samples * 0.99)] / 1e3,
                sorted[(int) (samples * 0.999)] / 1e3,
                leader.connections.counters().writes());
    }
}
