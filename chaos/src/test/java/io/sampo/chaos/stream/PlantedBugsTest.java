package io.sampo.chaos.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.rig.Rig;
import io.sampo.streams.Event;
import io.sampo.streams.StreamClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Members with a bug, on one node: what they do wrong is found, and the same story without the bug is clean.
final class PlantedBugsTest {
    private static final int PER_SECOND = 400;
    private static final int ENOUGH = 800;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /// How long what a planted bug has lost is waited for in vain.
    private static final Duration LATEST = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private final Account account = new Account();
    private final ExecutorService later = Executors.newSingleThreadExecutor();

    @Test
    void amongGoodMembersNothingIsFound() throws Exception {
        assertEquals(Set.of(), found(good -> good));
    }

    @Test
    void aHandlerThatDropsIsFound() throws Exception {
        Set<String> found = found(good -> event -> {
            if (event.offset() % 50 != 7) {
                good.accept(event);
            }
        });

        assertTrue(found.containsAll(Set.of("unhandled", "left-out", "leap")), found::toString);
    }

    /// What is given to another thread is committed before it is done; the thread ends with its member.
    @Test
    void aCommitAheadOfTheWorkIsFound() throws Exception {
        Set<String> found = found(good -> event -> later.execute(() -> {
            good.accept(event);
            slowly();
        }));

        assertTrue(found.containsAll(Set.of("unhandled", "left-out")), found::toString);
    }

    /// 100 records a second, of 400 that come.
    private static void slowly() {
        try {
            Waiting.pause(10);
        } catch (IOException _) {
            return; // the member has ended: the interruption stands
        }
    }

    /// One member with the bug, which leaves in a hurry, and a good one after it.
    ///
    /// @param bug makes its handler of a good one
    private Set<String> found(UnaryOperator<Consumer<Event<String, Long>>> bug) throws IOException {
        Rig.Plan plan = new Rig.Plan(1, directory, new NodeJvm(null, "", false), 0, Map.of());
        try (Rig rig = new Rig(new Loopback(), plan)) {
            rig.start(LIMIT.toMillis());
            try (StreamClient client = StreamClient.connect(StreamRun.settings(rig))) {
                WorkTopic topic = new WorkTopic(client, 1);
                topic.create();
                Writers writers = new Writers(client, topic.topic(), account, PER_SECOND);
                Worker first = worker(rig, "first", bug.apply(Worker.handler("first", account)));
                assertTrue(Waiting.until(LIMIT, () -> account.sentCount() > ENOUGH && account.handledCount() > 100));
                first.leaveAtOnce();
                first.close();
                later.shutdownNow();
                try (Worker _ = worker(rig, "second", Worker.handler("second", account))) {
                    long before = account.handledCount();
                    assertTrue(Waiting.until(LIMIT, () -> account.handledCount() > before + ENOUGH));
                    writers.end(LIMIT);
                    var _ = Waiting.until(LATEST, () -> account.missingCount() == 0);
                }
                topic.readInto(account);
            }
        }
        return Promises.broken(account.told()).stream().map(Violation::check).collect(Collectors.toSet());
    }

    private Worker worker(Rig rig, String name, Consumer<Event<String, Long>> handler) {
        return new Worker(name, StreamRun.settings(rig), WorkTopic.NAME, account, handler);
    }
}
