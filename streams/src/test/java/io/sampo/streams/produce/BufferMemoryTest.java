package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class BufferMemoryTest {
    private final BufferMemory memory = new BufferMemory(100);

    @Test
    void noMoreIsTakenThanThereIs() {
        assertTrue(memory.take(60));
        assertFalse(memory.take(41));
        assertTrue(memory.isWanted());
        assertTrue(memory.take(40));
        assertEquals(0, memory.freeBytes());
    }

    @Test
    void whoWasRefusedIsToldWhenThereIsAsMuchAsTheLargestWanted() {
        assertTrue(memory.take(100));
        assertFalse(memory.take(10));
        assertFalse(memory.take(50));
        CompletionStage<Void> room = memory.whenRoom();
        memory.release(30);
        assertFalse(room.toCompletableFuture().isDone());
        memory.release(30);
        assertTrue(room.toCompletableFuture().isDone());
        assertFalse(memory.isWanted());
    }

    @Test
    void roomThatCameBeforeTheQuestionIsNotMissed() {
        assertTrue(memory.take(100));
        assertFalse(memory.take(10));
        memory.release(100);
        assertTrue(memory.whenRoom().toCompletableFuture().isDone());
    }

    @Test
    void whatWasOverdrawnIsPaidBackFirst() {
        memory.force(150);
        assertFalse(memory.take(10));
        memory.release(50);
        assertTrue(memory.isWanted());
        memory.release(100);
        assertFalse(memory.isWanted());
        assertEquals(100, memory.freeBytes());
    }

    @Test
    void aFlushWaitsForWhatBeganBeforeItAndNotForMore() {
        OpenWork work = new OpenWork();
        OpenWork.Generation first = work.begin();
        CompletionStage<Void> flush = work.whenEnded();
        OpenWork.Generation later = work.begin();
        CompletionStage<Void> second = work.whenEnded();
        work.end(later);
        assertFalse(flush.toCompletableFuture().isDone());
        assertFalse(second.toCompletableFuture().isDone(), "it waits for the earlier one too");
        work.end(first);
        assertTrue(flush.toCompletableFuture().isDone());
        assertTrue(second.toCompletableFuture().isDone());
    }
}
