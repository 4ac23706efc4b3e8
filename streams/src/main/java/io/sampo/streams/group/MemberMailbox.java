package io.sampo.streams.group;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What the handle of a member and its actor share: commits that wait, and what is known from outside.
///
/// Thread rule: any thread.
final class MemberMailbox {
    private final AtomicLong lastCommitId = new AtomicLong();
    private final Map<Long, CompletableFuture<Void>> commits = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile GroupIdentity identity;
    private volatile @Nullable Throwable failure;
    private volatile boolean ended;

    MemberMailbox(GroupSettings settings) {
        this.identity = new GroupIdentity(settings.groupId(), "", -1, settings.groupInstanceId());
    }

    long register(CompletableFuture<Void> done) {
        long commitId = lastCommitId.incrementAndGet();
        commits.put(commitId, done);
        return commitId;
    }

    /// A message to an actor that is gone reaches nobody: whoever sends looks here afterwards.
    void checkOpen() {
        if (ended) {
            failAll();
        }
    }

    void committed(long commitId, Executor executor) {
        CompletableFuture<Void> done = commits.remove(commitId);
        if (done != null) {
            executor.execute(() -> done.complete(null));
        }
    }

    void notCommitted(long commitId, CommitFailed why, Executor executor) {
        CompletableFuture<Void> done = commits.remove(commitId);
        if (done != null) {
            executor.execute(() -> done.completeExceptionally(why));
        }
    }

    GroupIdentity identity() {
        return identity;
    }

    /// By the actor only.
    void became(String memberId, int generationId) {
        GroupIdentity before = identity;
        if (before.generationId() != generationId || !before.memberId().equals(memberId)) {
            identity = new GroupIdentity(before.groupId(), memberId, generationId, before.groupInstanceId());
        }
    }

    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    void failed(Throwable cause) {
        failure = cause;
    }

    CompletionStage<Void> closed() {
        return closed.minimalCompletionStage();
    }

    /// The actor is gone.
    void end() {
        ended = true;
        failAll();
        closed.complete(null);
    }

    private void failAll() {
        for (Long commitId : Set.copyOf(commits.keySet())) {
            CompletableFuture<Void> done = commits.remove(commitId);
            if (done != null) {
                done.completeExceptionally(
                        new CommitFailed(CommitFailed.Reason.CLOSED, Set.of(), "the member is closed", null));
            }
        }
    }
}
