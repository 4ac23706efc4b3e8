package io.sampo.tcp.connection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class FrameReaderTest {

    /// Gives the bytes in pieces of random size, and now and then none.
    private static ByteSource pieces(ByteBuffer bytes, Random random) {
        return target -> {
            if (!bytes.hasRemaining()) {
                return -1;
            }
            int count = Math.min(Math.min(bytes.remaining(), target.remaining()), random.nextInt(0, 9_000));
            target.put(target.position(), bytes, bytes.position(), count);
            target.position(target.position() + count);
            bytes.position(bytes.position() + count);
            return count;
        };
    }

    @Property(tries = 300)
    void framesComeOutAsTheyWentInHoweverTheyAreCutAndMemoryIsGivenBack(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 0, max = 200_000) Integer> sizes,
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 400_000) int budgetBytes)
            throws IOException {
        Random random = new Random(seed);
        List<byte[]> frames = new ArrayList<>();
        ByteBuffer stream =
                ByteBuffer.allocate(sizes.stream().mapToInt(size -> size + 4).sum());
        for (int size : sizes) {
            byte[] frame = new byte[size];
            random.nextBytes(frame);
            frames.add(frame);
            stream.putInt(size).put(frame);
        }
        stream.flip();
        MemoryBudget budget = new MemoryBudget(budgetBytes);
        BufferPool pool = new BufferPool(1024 * 1024);
        FrameReader reader = new FrameReader(pool, budget, () -> 200_000, () -> {});
        ByteSource source = pieces(stream, random);
        List<Frame> held = new ArrayList<>();
        int next = 0;
        boolean ended = false;
        while (!ended) {
            switch (reader.poll(source)) {
                case FRAME -> {
                    Frame frame = reader.take();
                    byte[] bytes = new byte[frame.bytes().remaining()];
                    frame.bytes().duplicate().get(bytes);
                    assertArrayEquals(frames.get(next++), bytes);
                    held.add(frame);
                    if (random.nextBoolean()) {
                        held.remove(random.nextInt(held.size())).release();
                    }
                }
                case NEED_BYTES -> assertTrue(next <= frames.size());
                case NEED_MEMORY -> {
                    assertTrue(!held.isEmpty(), "a reader alone waits for memory for ever");
                    held.removeFirst().release();
                }
                case END -> ended = true;
            }
        }
        assertEquals(frames.size(), next);
        reader.close();
        held.forEach(Frame::release);
        assertEquals(0, budget.usedBytes());
    }

    @Property(tries = 300)
    void garbageNeverTakesMoreMemoryThanAFewTimesItsOwnSize(@ForAll byte[] garbage, @ForAll long seed) {
        MemoryBudget budget = new MemoryBudget(1L << 40);
        FrameReader reader = new FrameReader(new BufferPool(0), budget, () -> 100 * 1024 * 1024, () -> {});
        ByteSource source = pieces(ByteBuffer.wrap(garbage), new Random(seed));
        try {
            while (true) {
                FrameReader.Result result = reader.poll(source);
                assertTrue(budget.usedBytes() <= 4L * garbage.length + FrameReader.FIRST_CHUNK_BYTES);
                if (result == FrameReader.Result.FRAME) {
                    reader.take().release();
                } else if (result == FrameReader.Result.END) {
                    break;
                }
            }
        } catch (IOException refused) {
            assertInvalid(refused);
        }
        reader.close();
        assertEquals(0, budget.usedBytes());
    }

    /// A frame that is read straight into a buffer of its size is not copied from smaller ones.
    @Property(tries = 20)
    void aPeerThatHasSentALargeFrameGetsItsSizeAtOnceUpToWhatThePoolTrusts(
            @ForAll @IntRange(min = 10, max = 22) int largestPooledBits) throws IOException {
        BufferPool pool = new BufferPool(0, 1 << largestPooledBits);
        MemoryBudget budget = new MemoryBudget(1L << 40);
        int size = 1 << 20;
        ByteBuffer first = ByteBuffer.allocate(size + 4).putInt(size).rewind();
        FrameReader reader = new FrameReader(pool, budget, () -> size, () -> {});
        awaitFrame(reader, pieces(first, new Random(1)));
        reader.take().release();
        ByteBuffer beginning = ByteBuffer.allocate(100).putInt(size).rewind();
        ByteSource stalled = target -> {
            int count = beginning.remaining();
            target.put(beginning);
            return count;
        };
        assertEquals(FrameReader.Result.NEED_BYTES, reader.poll(stalled));
        long expected = Math.max(FrameReader.FIRST_CHUNK_BYTES, Math.min(size, pool.trustedBytes()));
        assertEquals(expected, budget.usedBytes());
        reader.close();
    }

    private static void awaitFrame(FrameReader reader, ByteSource source) throws IOException {
        FrameReader.Result result = reader.poll(source);
        while (result == FrameReader.Result.NEED_BYTES) {
            result = reader.poll(source);
        }
        assertEquals(FrameReader.Result.FRAME, result);
    }

    private static void assertInvalid(IOException refused) {
        assertEquals(InvalidFrameException.class, refused.getClass());
    }
}
