package io.sampo.actors.partition;

import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.core.partition.ReplicaInput;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;

/// A replica of this node that has recovered, as the rest of the node reaches it. Any thread.
record RunningReplica(ActorRef<Replica.Command> actor, ReplicaDriver driver, ReplicaEffects effects) {

    /// See [LeaderDirectory#transfer].
    CompletionStage<Transfer> transfer(int targetNodeId) {
        CompletableFuture<Transfer> outcome = new CompletableFuture<>();
        driver.step(
                core -> {
                    var target = core.config().voters().stream()
                            .filter(voter -> voter.nodeId() == targetNodeId)
                            .findFirst();
                    if (target.isEmpty()) {
                        outcome.complete(new Transfer(false, "node " + targetNodeId + " holds no voting replica"));
                        return null;
                    }
                    effects.awaitTransfer(target.get(), outcome::complete);
                    return new ReplicaInput.TransferLeadership(target.get());
                },
                () -> outcome.complete(new Transfer(false, "the replica stopped")));
        return outcome;
    }
}
