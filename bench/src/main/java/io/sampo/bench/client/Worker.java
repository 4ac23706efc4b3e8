package io.sampo.bench.client;

import com.sun.management.OperatingSystemMXBean;
import io.sampo.bench.client.ClientUnderTest.Writing;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The process of one client: `Worker KIND BOOTSTRAP`, then a [Work] on each line of its input, answered by an
/// [Answer]. It ends with its input.
public final class Worker {
    private static final int BETWEEN_LOOKS = 256;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final ClientUnderTest client;

    private Worker(ClientUnderTest client) {
        this.client = client;
    }

    public static void main(String[] args) throws Exception {
        try (ClientUnderTest client = ClientKind.valueOf(args[0]).open(args[1]);
                BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            Worker worker = new Worker(client);
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                System.out.println(worker.answer(Work.parse(line)).format());
            }
        }
        System.exit(0);
    }

    private Answer answer(Work work) {
        try {
            return new Answer.Done(
                    switch (work.kind()) {
                        case WRITE -> write(work);
                        case READ -> read(work);
                        case PACE -> pace(work);
                    });
        } catch (Exception failed) {
            failed.printStackTrace();
            return new Answer.Failed(failed.toString());
        }
    }

    /// The clock and the processor time of this process, from now.
    private static final class Meter {
        private final long cpuNanos = PROCESS.getProcessCpuTime();
        private final long beganNanos = System.nanoTime();

        Map<Answer.Of, Double> read(long records) {
            Map<Answer.Of, Double> figures = new EnumMap<>(Answer.Of.class);
            figures.put(Answer.Of.SECONDS, (System.nanoTime() - beganNanos) / 1e9);
            figures.put(Answer.Of.CPU_SECONDS, (PROCESS.getProcessCpuTime() - cpuNanos) / 1e9);
            figures.put(Answer.Of.RECORDS, (double) records);
            return figures;
        }

        long endNanos(Work work) {
            return beganNanos + TimeUnit.SECONDS.toNanos(work.seconds());
        }
    }

    private Map<Answer.Of, Double> write(Work work) throws Exception {
        try (Writing writing = client.writing(work)) {
            Meter meter = new Meter();
            Load load = new Load(work, meter.endNanos(work));
            writing.run(load);
            return meter.read(load.count());
        }
    }

    /// Counts what is read; says when the time is up, or all that is there was read.
    private static final class Counter {
        private final long available;
        private final long endNanos;
        private long inPass;
        private long inAll;
        private boolean over;

        Counter(long available, long endNanos) {
            this.available = available;
            this.endNanos = endNanos;
        }

        boolean more(byte[] value) {
            inPass++;
            inAll++;
            if (inAll % BETWEEN_LOOKS == 0) {
                over = System.nanoTime() - endNanos >= 0;
            }
            return !over && inPass < available && value.length > 0;
        }
    }

    private Map<Answer.Of, Double> read(Work work) throws Exception {
        Meter meter = new Meter();
        Counter counter = new Counter(work.available(), meter.endNanos(work));
        while (!counter.over) {
            counter.inPass = 0;
            client.read(work, counter::more);
        }
        return meter.read(counter.inAll);
    }

    private Map<Answer.Of, Double> pace(Work work) throws Exception {
        try (Pace pace = new Pace(work, client)) {
            Meter meter = new Meter();
            Map<Answer.Of, Double> figures = meter.read(pace.run());
            figures.putAll(pace.latencies());
            return figures;
        }
    }
}
