package io.sampo.streams.consume;

import io.sampo.streams.group.GroupMember;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// A membership as a reading uses it; see [GroupMember] for what each promises.
///
/// Thread rule: any thread.
public interface Member {
    void start();

    CompletionStage<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets);

    void rewound(Set<TopicPartition> partitions);

    CompletionStage<Void> close();

    static Member of(GroupMember member) {
        return new Member() {
            @Override
            public void start() {
                member.start();
            }

            @Override
            public CompletionStage<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
                return member.commit(offsets);
            }

            @Override
            public void rewound(Set<TopicPartition> partitions) {
                member.rewound(partitions);
            }

            @Override
            public CompletionStage<Void> close() {
                return member.close();
            }
        };
    }
}
