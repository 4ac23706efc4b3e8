"""Debian's python3-confluent-kafka (librdkafka) against a broker: scenario_confluent.py HOST:PORT

Prints one line per step that passed; ends with exit code 0 only when all did.
"""
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition, OFFSET_BEGINNING
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

BOOTSTRAP = sys.argv[1]
RECORDS = 500
BASE_TIMESTAMP_MS = 1_700_000_000_000
admin = AdminClient({"bootstrap.servers": BOOTSTRAP})


def unique(word):
    return "%s-%s" % (word, uuid.uuid4().hex[:8])


def create_topic(word, partitions, config=None):
    topic = unique(word)
    futures = admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})])
    futures[topic].result(30)
    return topic


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def produce(topic, records, **config):
    errors = []
    offsets = []

    def delivered(error, message):
        if error is not None:
            errors.append(error)
        else:
            offsets.append((message.partition(), message.offset()))

    producer = Producer(dict({"bootstrap.servers": BOOTSTRAP, "linger.ms": 5}, **config))
    for record in records:
        producer.produce(topic, on_delivery=delivered, **record)
        producer.poll(0)
    expect(producer.flush(30) == 0, "every record was delivered in time")
    expect(not errors, "deliveries failed: %s" % errors[:3])
    expect(len(offsets) == len(records), "each record was acknowledged once")
    return offsets


def read(topic, partitions, count):
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": unique("reader"), "check.crcs": True,
                         "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(partitions)])
        return poll(consumer, count)
    finally:
        consumer.close()


def poll(consumer, count, seconds=30):
    messages = []
    deadline = time.monotonic() + seconds
    while len(messages) < count:
        expect(time.monotonic() < deadline, "%d of %d records came in time" % (len(messages), count))
        message = consumer.poll(0.2)
        if message is not None:
            expect(message.error() is None, "consumer error %s" % message.error())
            messages.append(message)
    return messages


def value_of(i):
    return (b"value-%d-" % i) * (i % 30)


def codec(name):
    def step():
        topic = create_topic("py-" + name, 1)
        records = [{"partition": 0, "key": b"key-%d" % i, "value": value_of(i), "timestamp": BASE_TIMESTAMP_MS + i,
                    "headers": [("n", b"%d" % i), ("n", b"")]} for i in range(RECORDS)]
        offsets = produce(topic, records, **{"compression.type": name})
        expect(offsets == [(0, i) for i in range(RECORDS)], "acknowledged offsets are in order")
        for i, message in enumerate(read(topic, 1, RECORDS)):
            expect(message.offset() == i, "offset %d" % i)
            expect(message.key() == b"key-%d" % i, "key %d" % i)
            expect(message.value() == value_of(i), "value %d" % i)
            expect(message.timestamp()[1] == BASE_TIMESTAMP_MS + i, "timestamp %d" % i)
            expect(message.headers() == [("n", b"%d" % i), ("n", b"")], "headers %d" % i)
    return ("codec %s keeps every byte and the order" % name, step)


def nulls():
    topic = create_topic("py-nulls", 1)
    produce(topic, [{"partition": 0, "key": None, "value": b"v"}, {"partition": 0, "key": b"k", "value": None},
                    {"partition": 0, "key": b"", "value": b""}])
    pairs = [(message.key(), message.value()) for message in read(topic, 1, 3)]
    expect(pairs == [(None, b"v"), (b"k", None), (b"", b"")], "null keys and values: %s" % pairs)


def large():
    topic = create_topic("py-large", 1, {"max.message.bytes": str(2 * 1024 * 1024)})
    values = [bytes([i]) * (1024 * 1024) for i in range(4)]
    produce(topic, [{"partition": 0, "value": value} for value in values], **{"message.max.bytes": 2 * 1024 * 1024})
    expect([message.value() for message in read(topic, 1, 4)] == values, "records of 1 MiB")


def idempotent():
    topic = create_topic("py-idempotent", 10)
    records = [{"partition": i % 10, "value": b"%d" % i} for i in range(2000)]
    produce(topic, records, **{"enable.idempotence": True, "batch.num.messages": 7})
    by_partition = {}
    for message in read(topic, 10, 2000):
        by_partition.setdefault(message.partition(), []).append((message.offset(), int(message.value())))
    for partition, messages in by_partition.items():
        expect(messages == [(i, i * 10 + partition) for i in range(200)], "order of partition %d" % partition)


def group_resumes():
    topic = create_topic("py-group", 2)
    produce(topic, [{"partition": i % 2, "value": b"%d" % i} for i in range(200)])
    config = {"bootstrap.servers": BOOTSTRAP, "group.id": unique("py-group"), "auto.offset.reset": "earliest",
              "enable.auto.commit": False}
    seen = []
    for count in (80, 120):
        consumer = Consumer(config)
        try:
            consumer.subscribe([topic])
            messages = poll(consumer, count)
            seen.extend(int(message.value()) for message in messages)
            consumer.commit(offsets=ends_of(messages, topic), asynchronous=False)
        finally:
            consumer.close()
    expect(sorted(seen) == list(range(200)), "each record once over two members of the group")


def ends_of(messages, topic):
    ends = {}
    for message in messages:
        ends[message.partition()] = message.offset() + 1
    return [TopicPartition(topic, partition, offset) for partition, offset in ends.items()]


def seek_by_time():
    topic = create_topic("py-time", 1)
    produce(topic, [{"partition": 0, "value": b"%d" % i, "timestamp": BASE_TIMESTAMP_MS + 1000 * i} for i in range(100)])
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": unique("time")})
    try:
        found = consumer.offsets_for_times([TopicPartition(topic, 0, BASE_TIMESTAMP_MS + 41_500)], timeout=30)
        expect(found[0].offset == 42, "offset by time is %d" % found[0].offset)
        expect(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30) == (0, 100), "watermarks")
    finally:
        consumer.close()


def await_config(resource, name, value):
    deadline = time.monotonic() + 30
    while True:
        config = admin.describe_configs([resource])[resource].result(30)
        if config[name].value == value:
            return config
        expect(time.monotonic() < deadline, "%s is %s, not %s" % (name, config[name].value, value))
        time.sleep(0.05)


def administers():
    topic = create_topic("py-admin", 2, {"retention.ms": "3600000"})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    config = admin.describe_configs([resource])[resource].result(30)
    expect(config["retention.ms"].value == "3600000", "retention.ms is %s" % config["retention.ms"].value)
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(30)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config={"segment.bytes": "2097152"})
    admin.alter_configs([resource])[resource].result(30)
    config = await_config(resource, "segment.bytes", "2097152")
    expect(config["retention.ms"].value == "604800000", "AlterConfigs sets the rest back to defaults")
    expect(len(admin.list_topics(timeout=30).topics[topic].partitions) == 5, "five partitions")
    try:
        admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
        raise AssertionError("a topic that exists was created again")
    except KafkaException as e:
        expect(e.args[0].name() == "TOPIC_ALREADY_EXISTS", "error %s" % e.args[0].name())
    admin.delete_topics([topic], operation_timeout=30)[topic].result(30)


STEPS = [codec(name) for name in ("none", "gzip", "snappy", "lz4", "zstd")] + [
    ("null keys and values come back as sent", nulls),
    ("records of 1 MiB come back as sent", large),
    ("an idempotent producer keeps the order in ten partitions", idempotent),
    ("a group resumes where it committed", group_resumes),
    ("offsets are found by time", seek_by_time),
    ("topics and configs are administered", administers),
]

for step_name, run in STEPS:
    run()
    print("PASSED " + step_name, flush=True)
print("ALL PASSED", flush=True)
