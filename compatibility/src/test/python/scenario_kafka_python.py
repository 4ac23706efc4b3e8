"""Debian's python3-kafka (kafka-python, its own protocol code) against a broker: scenario_kafka_python.py HOST:PORT

Prints one line per step that passed; ends with exit code 0 only when all did.
"""
import sys
import time
import uuid

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

BOOTSTRAP = sys.argv[1]
RECORDS = 300
BASE_TIMESTAMP_MS = 1_700_000_000_000
admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)


def unique(word):
    return "%s-%s" % (word, uuid.uuid4().hex[:8])


def create_topic(word, partitions):
    topic = unique(word)
    admin.create_topics([NewTopic(topic, partitions, 1)])
    return topic


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def poll(consumer, count, seconds=30):
    records = []
    deadline = time.monotonic() + seconds
    while len(records) < count:
        expect(time.monotonic() < deadline, "%d of %d records came in time" % (len(records), count))
        for batch in consumer.poll(timeout_ms=200).values():
            records.extend(batch)
    return records


def produce_and_consume(compression):
    def step():
        topic = create_topic("kp", 1)
        producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, acks="all", compression_type=compression, linger_ms=5)
        futures = [producer.send(topic, partition=0, key=b"key-%d" % i, value=b"value-%d" % i * (i % 20),
                                 headers=[("n", b"%d" % i)], timestamp_ms=BASE_TIMESTAMP_MS + i)
                   for i in range(RECORDS)]
        expect([future.get(30).offset for future in futures] == list(range(RECORDS)), "acknowledged offsets")
        producer.close()
        consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, enable_auto_commit=False)
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek_to_beginning()
        for i, record in enumerate(poll(consumer, RECORDS)):
            expect(record.offset == i, "offset %d" % i)
            expect(record.key == b"key-%d" % i, "key %d" % i)
            expect(record.value == b"value-%d" % i * (i % 20), "value %d" % i)
            expect(record.headers == [("n", b"%d" % i)], "headers %d" % i)
            expect(record.timestamp == BASE_TIMESTAMP_MS + i, "timestamp %d" % i)
        found = consumer.offsets_for_times({TopicPartition(topic, 0): BASE_TIMESTAMP_MS + 77})
        expect(found[TopicPartition(topic, 0)].offset == 77, "offset by time")
        consumer.close()
    return ("codec %s keeps every byte and the order" % compression, step)


def group_resumes():
    topic = create_topic("kp-group", 1)
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, acks="all")
    for i in range(100):
        producer.send(topic, partition=0, value=b"%d" % i)
    producer.flush(30)
    producer.close()
    group = unique("kp-group")
    seen = []
    for _ in range(2):
        consumer = KafkaConsumer(topic, bootstrap_servers=BOOTSTRAP, group_id=group, auto_offset_reset="earliest",
                                 enable_auto_commit=False, max_poll_records=50)
        records = poll(consumer, 50)
        seen.extend(int(record.value) for record in records)
        consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(records[-1].offset + 1, "half")})
        consumer.close()
    expect(seen == list(range(100)), "each record once and in order over two members of the group")
    expect(group in [name for name, _ in admin.list_consumer_groups()], "the group is listed")
    committed = admin.list_consumer_group_offsets(group)[TopicPartition(topic, 0)]
    expect((committed.offset, committed.metadata) == (100, "half"), "committed offset %s" % (committed,))


def administers():
    topic = create_topic("kp-admin", 1)
    try:
        admin.create_topics([NewTopic(topic, 1, 1)])
        raise AssertionError("a topic that exists was created again")
    except TopicAlreadyExistsError:
        pass
    admin.create_partitions({topic: NewPartitions(3)})
    response = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])[0]
    names = [entry[0] for entry in response.resources[0][4]]
    expect("retention.ms" in names, "configs %s" % names)
    expect(topic in admin.list_topics(), "the topic is listed")
    admin.delete_topics([topic])


STEPS = [produce_and_consume(compression) for compression in (None, "gzip")] + [
    ("a group resumes where it committed", group_resumes),
    ("topics and configs are administered", administers),
]

for step_name, run in STEPS:
    run()
    print("PASSED " + step_name, flush=True)
admin.close()
print("ALL PASSED", flush=True)
