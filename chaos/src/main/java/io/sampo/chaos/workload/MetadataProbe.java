package io.sampo.chaos.workload;

import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.TopicsSeen;
import io.sampo.chaos.rig.Node;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;

/// Asks each node by itself, again and again, which topics and leaders there are. A client would ask any node and
/// hide old answers; here they are what is looked for.
public final class MetadataProbe {
    private static final short VERSION = 12;
    private static final int TIMEOUT_MS = 2_000;
    private static final int PAUSE_MS = 1_000;
    private static final int MAX_ANSWER_BYTES = 10_000_000;

    private final String topic;
    private final List<Node> nodes;
    private final HistoryFile history;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    /// @param topic whose leaders are written down
    MetadataProbe(String topic, List<Node> nodes, HistoryFile history) {
        this.topic = topic;
        this.nodes = nodes;
        this.history = history;
    }

    void start() {
        for (Node node : nodes) {
            threads.add(Thread.ofPlatform().name("probe-" + node.id()).daemon().start(() -> watch(node)));
        }
    }

    private void watch(Node node) {
        while (!stopping) {
            try {
                look(node);
                Thread.sleep(PAUSE_MS);
            } catch (IOException _) {
                continue;
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    /// Asks one node once. An answer that came while the node was started again is dropped.
    void look(Node node) throws IOException {
        int life = node.life();
        long invokedUs = history.nowUs();
        MetadataResponseData answer = ask(node);
        long completedUs = history.nowUs();
        if (node.life() != life) {
            return;
        }
        String process = "probe " + node.name() + "." + life;
        List<String> topics = new ArrayList<>();
        for (MetadataResponseTopic each : answer.topics()) {
            topics.add(each.name());
            if (each.name().equals(topic)) {
                for (MetadataResponsePartition partition : each.partitions()) {
                    history.add(new LeaderSeen(
                            invokedUs,
                            completedUs,
                            process,
                            each.topicId().toString(),
                            partition.partitionIndex(),
                            partition.leaderId(),
                            partition.leaderEpoch()));
                }
            }
        }
        history.add(new TopicsSeen(invokedUs, completedUs, process, topics));
    }

    /// What the node answers to a Metadata request for all topics.
    public static MetadataResponseData ask(Node node) throws IOException {
        RequestHeader header = new RequestHeader(ApiKeys.METADATA, VERSION, "probe", 1);
        ByteBuffer request = MetadataRequest.Builder.allTopics().build(VERSION).serializeWithHeader(header);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(node.host(), node.kafkaPort()), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            byte[] bytes = new byte[request.remaining()];
            request.get(bytes);
            OutputStream out = socket.getOutputStream();
            out.write(ByteBuffer.allocate(4 + bytes.length)
                    .putInt(bytes.length)
                    .put(bytes)
                    .array());
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int length = in.readInt();
            if (length < 0 || length > MAX_ANSWER_BYTES) {
                throw new IOException(node.name() + " answers " + length + " bytes");
            }
            ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(length));
            return ((MetadataResponse) AbstractResponse.parseResponse(answer, header)).data();
        }
    }

    void end() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(2L * TIMEOUT_MS + PAUSE_MS);
        }
    }
}
