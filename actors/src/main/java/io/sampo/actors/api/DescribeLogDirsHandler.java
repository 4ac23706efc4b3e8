package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.PartitionLogs.DiskSpace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.jspecify.annotations.Nullable;

/// DescribeLogDirs (v1 to v5): the one data directory of this node and the partitions in it.
public final class DescribeLogDirsHandler implements RequestHandler {
    private final PartitionLogs logs;
    private final Executor blocking;

    /// @param blocking where the file system may be asked
    public DescribeLogDirsHandler(PartitionLogs logs, Executor blocking) {
        this.logs = logs;
        this.blocking = blocking;
    }

    @Override
    public void handle(ClientRequest request) {
        blocking.execute(() -> new GuardedHandler(this::answer).handle(request));
    }

    private void answer(ClientRequest request) {
        DescribeLogDirsRequest body = (DescribeLogDirsRequest) request.body();
        DescribeLogDirsResult directory = new DescribeLogDirsResult().setLogDir(logs.directory());
        try {
            DiskSpace space = logs.diskSpace();
            directory.setTotalBytes(space.totalBytes()).setUsableBytes(space.usableBytes());
            directory.setTopics(topics(asked(body.data())));
        } catch (PartitionLogException broken) {
            directory.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
        }
        request.respond(new DescribeLogDirsResponse(new DescribeLogDirsResponseData().setResults(List.of(directory))));
    }

    /// Partitions by topic name; null for all.
    private static @Nullable Map<String, Set<Integer>> asked(DescribeLogDirsRequestData data) {
        if (data.topics() == null) {
            return null;
        }
        Map<String, Set<Integer>> asked = new HashMap<>();
        for (DescribableLogDirTopic topic : data.topics()) {
            asked.computeIfAbsent(topic.topic(), _ -> new HashSet<>()).addAll(topic.partitions());
        }
        return asked;
    }

    private List<DescribeLogDirsTopic> topics(@Nullable Map<String, Set<Integer>> asked) {
        Map<String, DescribeLogDirsTopic> byName = new TreeMap<>();
        for (PartitionId id : logs.onDisk()) {
            PartitionLog log = logs.find(id).orElse(null);
            if (log == null || !isAsked(asked, log.topic(), id.partition())) {
                continue;
            }
            byName.computeIfAbsent(
                            log.topic(),
                            name -> new DescribeLogDirsTopic().setName(name).setPartitions(new ArrayList<>()))
                    .partitions()
                    .add(new DescribeLogDirsPartition()
                            .setPartitionIndex(id.partition())
                            .setPartitionSize(log.sizeInBytes())
                            .setOffsetLag(0)
                            .setIsFutureKey(false));
        }
        return new ArrayList<>(byName.values());
    }

    private static boolean isAsked(@Nullable Map<String, Set<Integer>> asked, String topic, int partition) {
        return asked == null || asked.getOrDefault(topic, Set.of()).contains(partition);
    }
}
