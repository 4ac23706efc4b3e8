package io.sampo.actors.metadata;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Gives out producer ids that are unique in the cluster for ever. A node takes them from the controller in blocks;
/// what is left of a block when the node stops is never used.
///
/// Thread rule: any thread; never blocks.
public final class ProducerIds {
    private final int nodeId;
    private final ControllerClient controller;
    private final ArrayDeque<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private long next;
    private long end;
    private boolean asking;

    public ProducerIds(int nodeId, ControllerClient controller) {
        this.nodeId = nodeId;
        this.controller = controller;
    }

    /// @return fails as [ControllerClient#submit] does when no block can be had
    public CompletionStage<Long> next() {
        CompletableFuture<Long> id = new CompletableFuture<>();
        boolean ask;
        synchronized (this) {
            if (next < end) {
                id.complete(next++);
                return id;
            }
            waiting.add(id);
            ask = !asking;
            asking = true;
        }
        if (ask) {
            ask();
        }
        return id;
    }

    private void ask() {
        var _ = controller
                .submit(new ControllerCommand.AllocateProducerIds(nodeId))
                .whenComplete(this::received);
    }

    private void received(@Nullable ProducerIdBlock block, @Nullable Throwable failure) {
        ArrayDeque<CompletableFuture<Long>> served = new ArrayDeque<>();
        ArrayDeque<Long> ids = new ArrayDeque<>();
        boolean askAgain = false;
        synchronized (this) {
            if (block == null) {
                served.addAll(waiting);
                waiting.clear();
            } else {
                next = block.firstProducerId();
                end = next + block.count();
                while (next < end && !waiting.isEmpty()) {
                    served.add(waiting.remove());
                    ids.add(next++);
                }
                askAgain = !waiting.isEmpty();
            }
            asking = askAgain;
        }
        while (!served.isEmpty()) {
            CompletableFuture<Long> id = served.remove();
            if (failure == null) {
                id.complete(ids.remove());
            } else {
                id.completeExceptionally(failure);
            }
        }
        if (askAgain) {
            ask();
        }
    }
}
