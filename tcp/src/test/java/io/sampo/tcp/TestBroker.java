package io.sampo.tcp;

import com.typesafe.config.ConfigFactory;
import io.sampo.core.api.ApiTable;
import io.sampo.core.api.ApiVersionsHandler;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.api.ScramCredentials;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.loop.LoopConfig;
import io.sampo.tcp.server.BrokerServer;
import io.sampo.tcp.server.ListenerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.pekko.actor.ActorSystem;

/// A server over a fake API table: Metadata and DescribeCluster name this node at the address that was dialled, all
/// else is given by the test.
public final class TestBroker implements AutoCloseable {

    public static final String CLUSTER_ID = "test-cluster";

    private final ActorSystem system;
    private final BrokerServer server;
    private final String listener;

    public TestBroker(SocketSettings settings, Consumer<ApiTable.Builder> handlers) throws IOException {
        this(settings, new ListenerSettings("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 0), handlers);
    }

    public TestBroker(SocketSettings settings, ListenerSettings listener, Consumer<ApiTable.Builder> handlers)
            throws IOException {
        this(settings, listener, handlers, ScramCredentials.NONE);
    }

    public TestBroker(
            SocketSettings settings,
            ListenerSettings listener,
            Consumer<ApiTable.Builder> handlers,
            ScramCredentials scramCredentials)
            throws IOException {
        this.listener = listener.name();
        this.system = ActorSystem.create(
                "test",
                ConfigFactory.load(ConfigFactory.parseString("pekko.loglevel = WARNING\n" + LoopConfig.render(2))));
        AtomicReference<ApiTable> table = new AtomicReference<>();
        ApiTable.Builder builder = ApiTable.builder()
                .serve(
                        ApiKeys.API_VERSIONS,
                        new ApiVersionsHandler(table::get, CLUSTER_ID, 1, ApiVersionsHandler.features(), 1))
                .serve(ApiKeys.METADATA, METADATA)
                .serve(ApiKeys.DESCRIBE_CLUSTER, CLUSTER);
        handlers.accept(builder);
        table.set(builder.build());
        this.server = BrokerServer.start(system, List.of(listener), settings, table.get(), scramCredentials);
    }

    private static final RequestHandler METADATA = request -> {
        MetadataResponseData data =
                new MetadataResponseData().setClusterId(CLUSTER_ID).setControllerId(1);
        data.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(1)
                        .setHost(request.origin().localHost())
                        .setPort(request.origin().localPort()));
        request.respond(new MetadataResponse(data, request.apiVersion()));
    };

    private static final RequestHandler CLUSTER = request -> {
        DescribeClusterResponseData data =
                new DescribeClusterResponseData().setClusterId(CLUSTER_ID).setControllerId(1);
        data.brokers()
                .add(new DescribeClusterResponseData.DescribeClusterBroker()
                        .setBrokerId(1)
                        .setHost(request.origin().localHost())
                        .setPort(request.origin().localPort()));
        request.respond(new DescribeClusterResponse(data));
    };

    public ActorSystem system() {
        return system;
    }

    public BrokerServer server() {
        return server;
    }

    public InetSocketAddress address() {
        return server.boundAddresses().get(listener);
    }

    public WireClient connect() throws IOException {
        return new WireClient(address());
    }

    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNs) {
                throw new AssertionError("not within 20 s: " + what);
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() {
        server.stop(Duration.ofMillis(200))
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }
}
