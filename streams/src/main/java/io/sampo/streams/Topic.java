package io.sampo.streams;

import io.sampo.streams.consume.GroupSource;
import io.sampo.streams.consume.PartitionsSource;
import io.sampo.streams.consume.ReadSource;
import io.sampo.streams.fetch.RecordCursor;
import io.sampo.streams.produce.ProducerItem;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.AsPublisher;
import org.apache.pekko.stream.javadsl.JavaFlowSupport;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;

/// A topic and what its keys and values are. Obtained from [StreamClient#topic]; costs nothing by itself.
///
/// {@snippet file="WritingGuideTest.java" region="sink"}
///
/// Thread rule: any thread.
///
/// @param <K> keys
/// @param <V> values
public final class Topic<K, V> {
    private final StreamClient client;
    private final String name;
    private final Codec<K> keys;
    private final Codec<V> values;

    Topic(StreamClient client, String name, Codec<K> keys, Codec<V> values) {
        this.client = client;
        this.name = name;
        this.keys = keys;
        this.values = values;
    }

    /// As it was given to [StreamClient#topic]. Nobody has looked yet whether the topic is there.
    public String name() {
        return name;
    }

    // ---- writing ---------------------------------------------------------------------------------------------

    /// Sends one record. Records of one key go to one partition, in the order of the calls.
    ///
    /// Waits for room when `buffer.memory` is used up, at most `max.block.ms`; so call it from threads that may
    /// wait, virtual ones for example, and use [#sink] or [#flow] in streams.
    ///
    /// Thread rule: any thread may call. The outcomes of all records of a client are told one after
    /// another, in the order in which they become known, on a thread of the client's own dispatcher: never
    /// on that of a connection, nor within the call that sends another record. What depends on a stage
    /// directly (`thenAccept`, `thenCompose`) runs there and must not wait: while it does, no other record
    /// of the client, and none of its sinks and flows, hears what became of it. One that sends while
    /// `buffer.memory` is used up may wait for all of `max.block.ms` in vain, as memory comes back on that
    /// same thread. Such work belongs in `thenAcceptAsync` with an executor of yours, or on a virtual
    /// thread that waits for the stage. What is attached to a stage that is complete already runs at once,
    /// where it is attached.
    ///
    /// {@snippet file="WritingGuideTest.java" region="send-then"}
    ///
    /// @param value null: a tombstone
    /// @return completes when the record is acknowledged as `acks` asks (default: by all in-sync replicas).
    ///     Fails with
    ///     - an [org.apache.kafka.common.errors.ApiException] when it is not acknowledged within
    ///       `delivery.timeout.ms`, or is refused; after a
    ///       [org.apache.kafka.common.errors.TimeoutException] it may be there all the same. Some that have
    ///       a reason of their own: `UnknownTopicOrPartitionException` when the topic or the partition is
    ///       still not there after `max.block.ms`, `BufferExhaustedException` when there was no room in
    ///       that time, `RecordTooLargeException`, `InvalidRecordException`, `TopicAuthorizationException`
    ///     - at once with an [org.apache.kafka.common.errors.AuthenticationException] when the cluster refuses
    ///       this client, and with a `TimeoutException` that says why after `max.block.ms` when it cannot be
    ///       asked for the topic
    ///     - an [IllegalArgumentException] for a negative partition
    ///     - a [org.apache.kafka.common.KafkaException] when the client was closed before there was an
    ///       outcome
    /// @throws RuntimeException what the codec throws: nothing is sent then. Codecs of [Codec] throw a
    ///     [org.apache.kafka.common.errors.SerializationException]
    /// @throws IllegalStateException when the client is closed. Handlers that [StreamClient#close] waits for
    ///     may still send
    /// @throws org.apache.kafka.common.errors.InterruptException when the thread is interrupted while it
    ///     waits for room: the record is not sent, and the thread stays interrupted
    public CompletionStage<Sent> send(@Nullable K key, @Nullable V value) {
        return send(Outgoing.of(key, value));
    }

    /// As [#send(Object, Object)], with headers, a timestamp or a partition of your choice.
    ///
    /// {@snippet file="WritingGuideTest.java" region="outgoing"}
    public CompletionStage<Sent> send(Outgoing<K, V> record) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        return client.producer()
                .send(
                        name,
                        record.partition(),
                        record.timestampMs(),
                        keys.encode(name, headers, record.key()),
                        values.encode(name, headers, record.value()),
                        headers);
    }

    /// Writes what arrives; backpressures while `buffer.memory` is used up.
    ///
    /// @return completes when the stream has ended and all is acknowledged. Fails, and cancels the stream,
    ///     with the first record that fails, as the stage of [#send] would; with what the codec throws; or
    ///     with the failure of the stream itself. Records that were taken before are written all the same
    /// @throws IllegalStateException when the client is closed
    public Sink<Outgoing<K, V>, CompletionStage<Done>> sink() {
        return org.apache.pekko.stream.javadsl.Flow.<Outgoing<K, V>>create()
                .map(record -> item(record, NotUsed.getInstance()))
                .toMat(client.producer().sink(), (_, done) -> done);
    }

    /// Writes values; see [#sink()].
    ///
    /// {@snippet file="WritingGuideTest.java" region="sink"}
    ///
    /// @param keyOf a value's key; what it throws fails the stream
    public Sink<V, CompletionStage<Done>> sink(Function<? super V, ? extends K> keyOf) {
        return org.apache.pekko.stream.javadsl.Flow.<V>create()
                .map(value -> Outgoing.<K, V>of(keyOf.apply(value), value))
                .toMat(sink(), (_, done) -> done);
    }

    /// Writes records and hands on where each is, with whatever came with it, in the order of arrival. So a
    /// delivery from another topic can be acknowledged when what became of it is written:
    ///
    /// {@snippet file="DeliveryGuideTest.java" region="split"}
    ///
    /// Takes no more records while `buffer.memory` is used up, or its results are not taken.
    ///
    /// A record that fails, as the stage of [#send] would, fails the stream when the results of all before
    /// it were handed on; so does what the codec throws, at once. What was taken before is written all the
    /// same.
    ///
    /// @param <C> what comes with a record
    /// @throws IllegalStateException when the client is closed
    public <C> org.apache.pekko.stream.javadsl.Flow<Pair<Outgoing<K, V>, C>, Pair<Sent, C>, NotUsed> flow() {
        return org.apache.pekko.stream.javadsl.Flow.<Pair<Outgoing<K, V>, C>>create()
                .map(pair -> item(pair.first(), pair.second()))
                .via(client.producer().<C>flow())
                .map(result -> Pair.create(result.sent(), result.passthrough()));
    }

    private <C> ProducerItem<C> item(Outgoing<K, V> record, C passthrough) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        return new ProducerItem<>(
                name,
                record.partition(),
                record.timestampMs(),
                keys.encode(name, headers, record.key()),
                values.encode(name, headers, record.value()),
                headers,
                passthrough);
    }

    // ---- reading with a group --------------------------------------------------------------------------------

    /// Works on the topic's records as a member of a group: the easiest way, with commits, order, retries and dead
    /// letters. Nothing runs before [Consumption#handle] or [Consumption#handleAsync].
    ///
    /// {@snippet file="ConsumingGuideTest.java" region="handle"}
    public Consumption<K, V> consume(Group group) {
        return Consumption.of(client, this, group);
    }

    /// The records that a group gives to this member. Each is to be acknowledged when its work is done; offsets
    /// are committed as [Delivery] says. When a partition goes to another member nothing more of it comes, what
    /// is out is waited for (`sampo.drain.timeout.ms`), committed, and then the partition is given up.
    ///
    /// The stream may end (`take`, a kill switch): deliveries that are out can still be acknowledged for
    /// `default.api.timeout.ms`; then the group is left.
    ///
    /// {@snippet file="DeliveryGuideTest.java" region="source"}
    ///
    /// Several deliveries may be worked on, and acknowledged, as one:
    ///
    /// {@snippet file="DeliveryGuideTest.java" region="batches"}
    ///
    /// Fails with an [UndecodableRecord] when a codec refuses bytes. [Running#completion] tells nothing of
    /// it, as of all that fails behind the reading. Read with [Codec#bytes] to decide yourself: a record
    /// that the stream's supervision leaves out is never acknowledged, and nothing behind it is committed.
    ///
    /// The reading itself fails, and [Running#completion] as well,
    /// - with a [io.sampo.streams.fetch.FetchFailure] when a partition cannot be read on: damage, missing
    ///   authorization, or, with [Group.Reset#NONE], a position that is not in the log
    /// - with Kafka's `NoOffsetForPartitionException` when nothing was committed and [Group.Reset#NONE] is
    ///   set
    /// - with a [io.sampo.streams.group.CommitFailed] when the broker refuses a commit for good
    /// - with an [org.apache.kafka.common.errors.ApiException] when the group does not take this member
    ///   (`GroupAuthorizationException`, `FencedInstanceIdException`, ...)
    /// - with an [UnsupportedFeature] when the broker lacks what the group needs.
    ///
    /// After a failure that may pass it begins anew if it is run by [Restart#source].
    public Source<Delivery<Event<K, V>>, Running> source(Group group) {
        return raw(group).map(delivery -> delivery.map(this::decode));
    }

    /// As [#source(Group)], for those who use the JDK's reactive streams. Each subscriber is a member of the
    /// group from when it subscribes until it cancels or fails, and is given what it asks for; before that
    /// nothing is done. What it was given and has not acknowledged when it ends is waited for, as
    /// [#source(Group)] says, also by [StreamClient#close].
    public Flow.Publisher<Delivery<Event<K, V>>> publisher(Group group) {
        return publisher(source(group));
    }

    /// The partitions that a group gives to this member, each apart, as [#source(Group)] has them together:
    /// acknowledged, committed and given up by the same rules. For work that has a state for each partition,
    /// or where a slow partition must not hold up another one.
    ///
    /// Comes with one element for each partition as often as it is assigned. Of its source:
    /// - Nothing is fetched for one that is not run, or not asked for more; others go on. What one holds is
    ///   its share of `sampo.prefetch.max.bytes`; `sampo.max.unacknowledged` holds for each.
    /// - When the partition goes to another member nothing more of it comes. The source completes when what
    ///   is out was acknowledged and is committed, or after `sampo.drain.timeout.ms`. So do not wait for the
    ///   end of the source to acknowledge; batch by time (`groupedWithin`).
    /// - When the partition is lost (the group has not heard of this member for `session.timeout.ms`) it
    ///   completes at once, and acknowledgements that still come mean nothing. The partition may be assigned
    ///   again.
    /// - One that fails, or is cancelled because what is behind it failed, fails the whole stream and all the
    ///   others, and leaves the group at once.
    /// - One that is cancelled otherwise (`take`, a kill switch) rests: deliveries that are out may be
    ///   acknowledged, and the partition is read no more until the group assigns it anew. A warning says so.
    ///
    /// When this stream is cancelled nothing more comes of any partition; the sources complete when the group
    /// is left, as [#source(Group)] says.
    ///
    /// Each partition has fetches, and up to `sampo.max.connections.per.node` a connection, of its own: meant
    /// for tens of partitions for a member, not for thousands.
    public Source<PartitionSource<K, V>, Running> partitions(Group group) {
        return Source.fromGraph(new PartitionsSource(client.groupReading(name, group)))
                .map(raw -> new PartitionSource<>(
                        raw.partition(), raw.source().map(delivery -> delivery.map(this::decode))));
    }

    Source<Delivery<Event<byte[], byte[]>>, Running> raw(Group group) {
        return Source.fromGraph(new GroupSource(client.groupReading(name, group)));
    }

    // ---- reading without a group -----------------------------------------------------------------------------

    /// Records of a part of the topic, in the order of each partition; nothing is committed, and reading again
    /// gives the same records again. Each run of the source reads the span from its beginning: to go back,
    /// or elsewhere, run another one.
    ///
    /// {@snippet file="ReadingGuideTest.java" region="spans"}
    ///
    /// Nothing is fetched before it is asked for the first time. From then on up to
    /// `sampo.prefetch.max.bytes` are fetched ahead, and no more until some of that is taken.
    ///
    /// Fails
    /// - with Kafka's `UnknownTopicOrPartitionException`, or why no broker could be asked, when the topic
    ///   is not known within `default.api.timeout.ms`; with `TopicAuthorizationException` and the like at
    ///   once
    /// - with an [UndecodableRecord] when a codec refuses bytes, unless the stream's supervision resumes:
    ///   then the record is left out
    /// - with a [io.sampo.streams.fetch.FetchFailure] when a partition cannot be read on: `CorruptBatch`,
    ///   `NotAuthorized`, `Refused`. What was readable before it has been handed out.
    ///
    /// A leader that moves or a broker that is gone is no failure: it waits.
    public Source<Event<K, V>, NotUsed> read(Span span) {
        boolean headersStay = Codecs.leavesHeaders(keys) && Codecs.leavesHeaders(values);
        return Source.fromGraph(new ReadSource<>(client.reading(name, span), headersStay, this::decode));
    }

    /// As [#read], for those who use the JDK's reactive streams. Each subscriber reads the span from its
    /// beginning.
    ///
    /// {@snippet file="ReadingGuideTest.java" region="publisher"}
    public Flow.Publisher<Event<K, V>> publisher(Span span) {
        return publisher(read(span));
    }

    /// Runs the source for each subscriber: Pekko's own publishers run at once, and end without a subscriber.
    private <T> Flow.Publisher<T> publisher(Source<T, ?> source) {
        return subscriber -> {
            Objects.requireNonNull(subscriber, "subscriber");
            source.runWith(JavaFlowSupport.Sink.asPublisher(AsPublisher.WITHOUT_FANOUT), client.system())
                    .subscribe(subscriber);
        };
    }

    Event<K, V> decode(Event<byte[], byte[]> raw) {
        try {
            return new Event<>(
                    raw.topic(),
                    raw.partition(),
                    raw.offset(),
                    raw.timestampMs(),
                    raw.timestampType(),
                    keys.decode(name, raw.headers(), raw.key()),
                    values.decode(name, raw.headers(), raw.value()),
                    raw.headers(),
                    raw.leaderEpoch());
        } catch (RuntimeException wrong) {
            throw new UndecodableRecord(raw.topic(), raw.partition(), raw.offset(), wrong);
        }
    }

    /// Without an event of bytes between.
    private Event<K, V> decode(RecordCursor record, Headers headers) {
        TopicPartition partition = record.partition();
        byte[] key = record.key();
        byte[] value = record.value();
        try {
            return new Event<>(
                    name,
                    partition.partition(),
                    record.offset(),
                    record.timestampMs(),
                    record.timestampType(),
                    keys.decode(name, headers, key),
                    values.decode(name, headers, value),
                    headers,
                    record.leaderEpoch());
        } catch (RuntimeException wrong) {
            throw new UndecodableRecord(name, partition.partition(), record.offset(), wrong);
        }
    }
}
