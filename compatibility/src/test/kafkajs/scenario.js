// kafkajs against a broker: node scenario.js HOST:PORT
// Prints one line per step that passed; ends with exit code 0 only when all did.
'use strict';

const assert = require('node:assert');
const { randomUUID } = require('node:crypto');
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs');

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');

const kafka = new Kafka({ clientId: 'kafkajs', brokers: [process.argv[2]], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const RECORDS = 500;
const BASE_TIMESTAMP_MS = 1700000000000;

const unique = (word) => `${word}-${randomUUID().slice(0, 8)}`;
const valueOf = (i) => `value-${i}-`.repeat(i % 30);

async function createTopic(word, numPartitions, configEntries = []) {
  const topic = unique(word);
  assert.ok(await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }] }));
  return topic;
}

async function produce(topic, messages, compression = CompressionTypes.None, options = {}) {
  const producer = kafka.producer(options);
  await producer.connect();
  for (let i = 0; i < messages.length; i += 50) {
    await producer.send({ topic, compression, acks: -1, messages: messages.slice(i, i + 50) });
  }
  await producer.disconnect();
}

/** Reads `count` records with a group; `onRecord` may be given the consumer's heartbeat and commit functions. */
async function consume(topic, count, groupId = unique('group')) {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, sessionTimeout: 10000, rebalanceTimeout: 10000 });
  const records = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${records.length} of ${count} records came in time`)), 30000);
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          if (records.length === count) return;
          records.push({ partition, ...message });
          if (records.length === count) {
            clearTimeout(timer);
            resolve();
          }
        },
      })
      .catch(reject);
  });
  const ends = {};
  records.forEach((record) => { ends[record.partition] = String(Number(record.offset) + 1); });
  await consumer.commitOffsets(
    Object.entries(ends).map(([partition, offset]) => ({ topic, partition: Number(partition), offset })));
  await consumer.disconnect();
  return records;
}

const codecStep = (name, codec) => [`codec ${name} keeps every byte and the order`, async () => {
  const topic = await createTopic(`js-${name}`, 1);
  const messages = Array.from({ length: RECORDS }, (_, i) => ({
    partition: 0, key: `key-${i}`, value: valueOf(i), timestamp: String(BASE_TIMESTAMP_MS + i), headers: { n: `${i}` },
  }));
  await produce(topic, messages, codec);
  const records = await consume(topic, RECORDS);
  records.forEach((record, i) => {
    assert.strictEqual(record.offset, String(i));
    assert.strictEqual(record.key.toString(), `key-${i}`);
    assert.strictEqual(record.value.toString(), valueOf(i));
    assert.strictEqual(record.timestamp, String(BASE_TIMESTAMP_MS + i));
    assert.strictEqual(record.headers.n.toString(), `${i}`);
  });
}];

const steps = [
  codecStep('none', CompressionTypes.None),
  codecStep('gzip', CompressionTypes.GZIP),
  codecStep('snappy', CompressionTypes.Snappy),
  ['null keys and values come back as sent', async () => {
    const topic = await createTopic('js-nulls', 1);
    await produce(topic, [{ partition: 0, key: null, value: 'v' }, { partition: 0, key: 'k', value: null }]);
    const records = await consume(topic, 2);
    assert.strictEqual(records[0].key, null);
    assert.strictEqual(records[0].value.toString(), 'v');
    assert.strictEqual(records[1].key.toString(), 'k');
    assert.strictEqual(records[1].value, null);
  }],
  ['records of 1 MiB come back as sent', async () => {
    const topic = await createTopic('js-large', 1, [{ name: 'max.message.bytes', value: String(2 * 1024 * 1024) }]);
    const values = [1, 2, 3].map((i) => Buffer.alloc(1024 * 1024, i));
    for (const value of values) await produce(topic, [{ partition: 0, value }]);
    const records = await consume(topic, 3);
    records.forEach((record, i) => assert.ok(record.value.equals(values[i])));
  }],
  ['an idempotent producer keeps the order', async () => {
    const topic = await createTopic('js-idempotent', 1);
    const messages = Array.from({ length: RECORDS }, (_, i) => ({ partition: 0, value: `${i}` }));
    await produce(topic, messages, CompressionTypes.None, { idempotent: true, maxInFlightRequests: 1 });
    const records = await consume(topic, RECORDS);
    assert.deepStrictEqual(records.map((record) => Number(record.value)), messages.map((_, i) => i));
  }],
  ['a group resumes where it committed', async () => {
    const topic = await createTopic('js-resume', 1);
    await produce(topic, Array.from({ length: 100 }, (_, i) => ({ partition: 0, value: `${i}` })));
    const groupId = unique('js-resume');
    const first = await consume(topic, 40, groupId);
    const second = await consume(topic, 60, groupId);
    const numbers = [...first, ...second].map((record) => Number(record.value));
    assert.deepStrictEqual(numbers, Array.from({ length: 100 }, (_, i) => i));
    const described = await admin.describeGroups([groupId]);
    assert.strictEqual(described.groups[0].state, 'Empty');
    await admin.deleteGroups([groupId]);
  }],
  ['topics, configs and offsets are administered', async () => {
    const topic = await createTopic('js-admin', 2, [{ name: 'retention.ms', value: '3600000' }]);
    assert.strictEqual(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }), false);
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    assert.strictEqual(metadata.topics[0].partitions.length, 4);
    await produce(topic, Array.from({ length: 10 }, (_, i) => ({
      partition: 3, value: `${i}`, timestamp: String(BASE_TIMESTAMP_MS + 1000 * i) })));
    const offsets = await admin.fetchTopicOffsets(topic);
    assert.strictEqual(offsets.find((one) => one.partition === 3).high, '10');
    const byTime = await admin.fetchTopicOffsetsByTimestamp(topic, BASE_TIMESTAMP_MS + 4500);
    assert.strictEqual(byTime.find((one) => one.partition === 3).offset, '5');
    const configs = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic }] });
    const retention = configs.resources[0].configEntries.find((entry) => entry.configName === 'retention.ms');
    assert.strictEqual(retention.configValue, '3600000');
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 3, offset: '6' }] });
    const cut = await admin.fetchTopicOffsets(topic);
    assert.strictEqual(cut.find((one) => one.partition === 3).low, '6');
    await admin.deleteTopics({ topics: [topic] });
  }],
];

(async () => {
  await admin.connect();
  for (const [name, run] of steps) {
    await run();
    console.log(`PASSED ${name}`);
  }
  await admin.disconnect();
  console.log('ALL PASSED');
})().catch((error) => {
  console.log(error.stack);
  process.exit(1);
});
