package io.sampo.streams.group;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/// Where groups are looked after. Remembers what it found.
///
/// Thread rule: any thread.
public interface GroupCoordinators {

    /// @return node id; fails with a retriable exception when nobody knows, with an authorization exception when the
    ///     group is forbidden
    CompletionStage<Integer> groupCoordinator(String groupId);

    /// The node said that it is not the coordinator, or is gone: asks again next time. Does nothing when another one
    /// is known already.
    void forget(String groupId, int nodeId);

    /// Made of two methods that do this.
    static GroupCoordinators of(Function<String, CompletionStage<Integer>> find, ObjIntConsumer<String> forget) {
        return new GroupCoordinators() {
            @Override
            public CompletionStage<Integer> groupCoordinator(String groupId) {
                return find.apply(groupId);
            }

            @Override
            public void forget(String groupId, int nodeId) {
                forget.accept(groupId, nodeId);
            }
        };
    }
}
